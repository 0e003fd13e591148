"""Static files under names that carry their content's digest, also where one script of ours imports another."""

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage

IMPORTS = HashedFilesMixin._js_module_import_aggregation_patterns[1]  # type: ignore[attr-defined]


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Rewrites the imports of our modules, so that a page never runs scripts of two releases.

    Libraries' scripts are left alone: what some of them import is no file.
    """

    patterns = (*CompressedManifestStaticFilesStorage.patterns, ("js/*.js", IMPORTS))
