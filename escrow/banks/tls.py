"""Whom a bank's certificate is trusted by, and the certificate we show it, each bank its own.

They lie beside the installation's keys: `bank-<code>-authorities.pem`, without which the system's
authorities count, and `bank-<code>-client.pem` with certificate and key.
"""

import ssl

from kernel.secrets import Keys


def context_for(code: str, keys: Keys) -> ssl.SSLContext:
    """TLS to one bank, its name and certificate checked. Raises OSError for files of no use."""
    authorities = keys.laid(f"bank-{code}-authorities.pem")
    context = ssl.create_default_context(cafile=authorities)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    client = keys.laid(f"bank-{code}-client.pem")
    if client is not None:
        context.load_cert_chain(client)
    return context
