"""Pages of exports, tokens and the API's description."""

from sponsors.views.exports import export_detail, export_file, export_list
from sponsors.views.tokens import api_docs, openapi, token_add, token_list, token_revoke

__all__ = [
    "api_docs",
    "export_detail",
    "export_file",
    "export_list",
    "openapi",
    "token_add",
    "token_list",
    "token_revoke",
]
