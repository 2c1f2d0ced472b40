"""The configuration of the Dovecot stand, in the dialects of Dovecot 2.3 and 2.4."""

from dataclasses import dataclass
from pathlib import Path

from tests.stands.certificate import Certificate


@dataclass(frozen=True)
class Setup:
    """What the configuration is made of; `account` owns the mail, `is_root` starts the server."""

    folder: Path
    port: int
    tls_port: int
    certificate: Certificate
    account: str
    group: str
    uid: int
    is_root: bool


# One process per session and no penalties, limits or delays: they would slow tests down and make
# the second failed login of a test wait. `separator = /` differs from Maildir's own dot on purpose:
# folder names must be read from the server.
COMMON = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
listen = 127.0.0.1
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
auth_verbose = yes
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 1000
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    auto = subscribe
    special_use = \\Sent
  }}
  mailbox Trash {{
    auto = subscribe
    special_use = \\Trash
  }}
  mailbox Junk {{
    auto = subscribe
    special_use = \\Junk
  }}
}}
"""

V23 = """
protocols = imap
disable_plaintext_auth = no
mail_location = maildir:~/Maildir
ssl = yes
ssl_cert = <{chain}
ssl_key = <{key}
passdb {{
  driver = passwd-file
  args = username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={account} gid={group} home={folder}/mail/%u allow_all_users=yes
}}
"""

V24 = """
protocols {{
  imap = yes
}}
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = ~/Maildir
ssl = yes
ssl_server_cert_file = {chain}
ssl_server_key_file = {key}
passdb passwd-file {{
  passwd_file_path = {folder}/users
}}
userdb static {{
  fields {{
    uid = {account}
    gid = {group}
    home = {folder}/mail/%{{user}}
  }}
  static_allow_all_users = yes
}}
"""

# Without root Dovecot can neither switch users nor lock itself into a folder.
ROOTLESS = """
default_internal_user = {account}
default_internal_group = {group}
default_login_user = {account}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
}}
"""


def configuration(setup: Setup, version: str) -> str:
    """The text of dovecot.conf for Dovecot `version` ("2.3.19.1 (...)" as it prints it)."""
    is_new = not version.startswith("2.3")
    head = "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n" if is_new else ""
    text = COMMON + (V24 if is_new else V23) + ("" if setup.is_root else ROOTLESS)
    return head + text.format(
        chain=setup.certificate.chain, key=setup.certificate.key, **vars(setup)
    )
