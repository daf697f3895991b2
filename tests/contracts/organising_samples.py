"""Samples of organising, noun by noun."""

from tests.contracts.action_samples import ACTIONS
from tests.contracts.agreement_samples import AGREEMENTS
from tests.contracts.asks import Sample
from tests.contracts.campaign_samples import CAMPAIGNS
from tests.contracts.leader_samples import LEADERS
from tests.contracts.listening_samples import LISTENING
from tests.contracts.one_to_one_samples import ONE_TO_ONES
from tests.contracts.organisation_samples import ORGANISATIONS
from tests.contracts.power_samples import POWER
from tests.contracts.report_samples import REPORTS
from tests.contracts.training_samples import TRAINING
from tests.contracts.win_samples import WINS

ORGANISING: dict[str, Sample] = {
    **ORGANISATIONS,
    **CAMPAIGNS,
    **ONE_TO_ONES,
    **LEADERS,
    **LISTENING,
    **ACTIONS,
    **POWER,
    **TRAINING,
    **WINS,
    **AGREEMENTS,
    **REPORTS,
}
