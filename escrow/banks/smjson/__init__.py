"""Banks that speak JSON under the national algorithms: signed with SM2, bodies under SM4."""
