"""The stand-in guest as pywinrm's arguments, for the checks in this folder.

VNETTUNE_EXTERN_LAB holds the guest's description: what `vnettune lab status NAME
--format json` prints.
"""
import json
import os

# Either variable would overrule what each check says about trust.
for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
    os.environ.pop(name, None)

# NTLM needs MD4, which hashlib has only after OpenSSL's old algorithms were loaded.
import cryptography.hazmat.backends.openssl.backend  # noqa: E402,F401
import winrm  # noqa: E402
from winrm.protocol import Protocol  # noqa: E402

info = json.loads(os.environ["VNETTUNE_EXTERN_LAB"])[0]
with open(info["passwordFile"]) as f:
    password = f.read().strip()

HTTP = "http://{guestAddress}:{httpPort}/wsman".format(**info)
HTTPS = "https://{guestAddress}:{httpsPort}/wsman".format(**info)

# How a client logs on: the address and pywinrm's name of the transport. The guest's
# certificate is verified wherever there is one.
MODES = {
    "basic-http": (HTTP, {"transport": "plaintext"}),
    "basic-https": (HTTPS, {"transport": "ssl", "ca_trust_path": info["certificate"]}),
    "ntlm-http": (HTTP, {"transport": "ntlm", "message_encryption": "always"}),
    "ntlm-http-unsealed": (HTTP, {"transport": "ntlm", "message_encryption": "never"}),
    "ntlm-https": (HTTPS, {"transport": "ntlm", "ca_trust_path": info["certificate"]}),
    "certificate": (HTTPS, {"transport": "certificate", "ca_trust_path": info["certificate"],
                            "cert_pem": info["clientCertificate"], "cert_key_pem": info["clientKey"]}),
}


def session(mode, pw=password):
    url, options = MODES[mode]
    return winrm.Session(url, auth=(info["user"], pw), **options)


def protocol(mode):
    url, options = MODES[mode]
    return Protocol(endpoint=url, username=info["user"], password=password, **options)
