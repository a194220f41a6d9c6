"""How a claim is tested: plans of trials, a runner, a store that survives, and verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topograph._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "family": ["FamilyStudy"],
        "plan": ["Plan"],
        "row": ["Row"],
        "runner": ["Report", "run"],
        "store": ["Store"],
        "trial": ["Trial"],
        "verdict": ["Claim", "Verdict", "markdown_table", "read_claims", "verdict"],
    },
)

if TYPE_CHECKING:
    from topograph.studies.family import FamilyStudy as FamilyStudy
    from topograph.studies.plan import Plan as Plan
    from topograph.studies.row import Row as Row
    from topograph.studies.runner import Report as Report
    from topograph.studies.runner import run as run
    from topograph.studies.store import Store as Store
    from topograph.studies.trial import Trial as Trial
    from topograph.studies.verdict import Claim as Claim
    from topograph.studies.verdict import Verdict as Verdict
    from topograph.studies.verdict import markdown_table as markdown_table
    from topograph.studies.verdict import read_claims as read_claims
    from topograph.studies.verdict import verdict as verdict
