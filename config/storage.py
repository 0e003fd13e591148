"""Static files under names that carry their content's digest, also where one script of ours imports another."""

from functools import lru_cache

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage

IMPORTS = HashedFilesMixin._js_module_import_aggregation_patterns[1]  # type: ignore[attr-defined]


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Rewrites the imports of our modules, so that a page never runs scripts of two releases.

    Libraries' scripts are left alone: what some of them import is no file.
    """

    patterns = (*CompressedManifestStaticFilesStorage.patterns, ("js/*.js", IMPORTS))

    @lru_cache(maxsize=512)  # noqa: B019 - there is one storage in a process, and its files do not change while it runs
    def url(self, name: str | None, force: bool = False) -> str:
        """Returns a file's address, worked out once: every page names fifteen of them."""
        return super().url(name, force)
