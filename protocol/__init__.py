"""The rules: pure Python that judges by a protocol document. No Django, no database, no clock."""
