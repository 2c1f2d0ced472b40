import { htmx } from "./page.ts";
import { startAway } from "./away.ts";
import { startCommands } from "./commands.ts";
import { startComposer } from "./composer.ts";
import { startHere } from "./here.ts";
import { startInserts } from "./inserts.ts";
import { startKeys } from "./keys.ts";
import { startLive } from "./live.ts";
import { startNotices } from "./notices.ts";
import { startOverlays } from "./overlays.ts";
import { startRows } from "./rows.ts";
import { startSearch } from "./search.ts";
import { startSelect } from "./select.ts";
import { startTabs } from "./tabs.ts";
import { startTitle } from "./title.ts";
import { startZone } from "./zone.ts";
import { startToasts } from "./toasts.ts";

/* A morph would shut every menu and fold that the person has open. */
htmx.config.morphIgnore = ["data-htmx-powered", "open"];
/* An error page must not land in a pane; toasts.ts says what happened. 422 is a form with errors. */
htmx.config.noSwap = [204, 304, 400, 401, 403, 404, 409, 413, 429, 500, 502, 503, 504];

startZone();
startOverlays();
startToasts();
startComposer();
startInserts();
startKeys();
startCommands();
startSearch();
startLive();
startAway();
startHere();
startNotices();
startRows();
startSelect();
startTabs();
startTitle();
