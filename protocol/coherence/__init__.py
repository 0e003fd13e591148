"""What no single place of a protocol file can show: whether its parts agree with each other.

Every check reads what is there and passes over what a shape has already refused, so that one reading names every fault.
"""

from protocol.coherence.adherence import check_adherence
from protocol.coherence.conduct import check_conduct
from protocol.coherence.forms import check_forms
from protocol.coherence.names import names_of, variables_of
from protocol.coherence.rules import check_rules
from protocol.coherence.visits import check_visits

__all__ = ["check_adherence", "check_conduct", "check_forms", "check_rules", "check_visits", "names_of", "variables_of"]
