"""Administration: what this installation is and how it does; live tests of its channels."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from okno.access import limits
from okno.access.policy import NotVisible, authorize
from okno.channels import system_mail
from okno.channels.condition import condition
from okno.channels.contract import probes, system_mail_senders
from okno.channels.intake import account_of
from okno.console.answers import agent_of, refused, told
from okno.console.phrases import reason
from okno.desk import queries
from okno.desk.models import Channel
from okno.kit.registry import Registry

COUNTED: dict[str, Any] = {
    "conversations": pgettext_lazy("about", "Conversations"),
    "messages": pgettext_lazy("about", "Messages"),
    "clients": pgettext_lazy("about", "Clients"),
    "files": pgettext_lazy("about", "Files"),
    "events": pgettext_lazy("about", "Events"),
}
# Tests reach other people's servers: (times, within seconds) for one agent.
TESTS = ((10, 600),)


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Version, database, worker, readers, disk, numbers."""
    found = condition(agent_of(request))
    counts = [(COUNTED[name], number) for name, number in found.counts.items()]
    context = {"found": found, "counts": counts, "tab": "about"}
    return render(request, "console/settings/about.html", context)


def _tested(request: HttpRequest, channel_id: int, able: Registry[Any]) -> Channel | None:
    """The channel to test; None, with words on the next page, when it was tested too often."""
    agent = agent_of(request)
    found = queries.channel(agent, channel_id)
    authorize(agent, "channel.manage", found)
    if found.kind not in able:
        raise NotVisible("test")
    if limits.allow("channel-test", str(agent.pk), TESTS):
        return found
    refused(request, ValueError("That was too often. Wait ten minutes."))
    return None


@require_POST
def send_letter(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Send a test letter to whoever asks for it, through this channel's server."""
    agent = agent_of(request)
    found = _tested(request, channel_id, system_mail_senders)
    if found is not None and agent.user is not None:
        health = system_mail.try_channel(found, agent.user.email)
        if health.is_well:
            words = pgettext(
                "toast", "%(server)s took a letter to %(email)s. Look whether it came."
            )
            told(request, words % {"server": health.text, "email": agent.user.email})
        else:
            words = pgettext("toast", "The letter did not leave: %(why)s")
            refused(request, ValueError(words % {"why": reason(ValueError(health.text))}))
    return HttpResponseRedirect(f"/settings/channels/{channel_id}/")


@require_POST
def look_in(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Sign in to the mailbox, open its folders, and say what is there or what is wrong."""
    found = _tested(request, channel_id, probes)
    if found is not None:
        health = probes.get(found.kind)(account_of(found))
        if health.is_well:
            told(request, health.text)
        else:
            refused(request, ValueError(health.text))
    return HttpResponseRedirect(f"/settings/channels/{channel_id}/")
