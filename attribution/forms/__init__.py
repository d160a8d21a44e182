"""Attribution's forms."""

from attribution.forms.periods import DaysForm, PeriodForm
from attribution.forms.sources import PixelForm, SecretForm, ShopForm, SourceKeyForm

__all__ = ["DaysForm", "PeriodForm", "PixelForm", "SecretForm", "ShopForm", "SourceKeyForm"]
