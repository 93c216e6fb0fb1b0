from optimizer.api.bidding import AwardResult as AwardResult
from optimizer.api.bidding import BidResult as BidResult
from optimizer.api.bidding import bid as bid
from optimizer.api.comparing import ComparisonResult as ComparisonResult
from optimizer.api.comparing import compare as compare
from optimizer.api.explaining import InfeasibilityResult as InfeasibilityResult
from optimizer.api.explaining import explain as explain
from optimizer.api.hedging import RobustResult as RobustResult
from optimizer.api.hedging import robust as robust
from optimizer.api.instance import FacilityInstance as FacilityInstance
from optimizer.api.instance import read as read
from optimizer.api.options import Options as Options
from optimizer.api.options import StudyOptions as StudyOptions
from optimizer.api.planning import PlanResult as PlanResult
from optimizer.api.planning import plan as plan
from optimizer.api.solving import DesignResult as DesignResult
from optimizer.api.solving import solve as solve
from optimizer.api.studying import FrontierResult as FrontierResult
from optimizer.api.studying import SweepResult as SweepResult
from optimizer.api.studying import frontier as frontier
from optimizer.api.studying import sweep as sweep
from optimizer.api.verifying import AuditResult as AuditResult
from optimizer.api.verifying import verify as verify

__version__: str
__all__: list[str]
