"""What serializers and viewsets of an organization's own rows share."""

from typing import Any

from rest_framework import mixins

from kolhub.rest.views import OrganizationViewSet, Strict, membership_of


class Owned(Strict):
    """Foreign keys are looked up among what the caller sees; fields named in `money` are null without that verb.

    Fields named in `brand_only` are null for the agency.
    """

    related: dict[str, Any] = {}
    money: tuple[str, ...] = ()
    brand_only: tuple[str, ...] = ()

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        membership = membership_of(self)
        for name, model in self.related.items():
            if name in fields and not fields[name].read_only:
                objects = model.objects
                fields[name].queryset = objects.visible_to(membership) if membership else objects.none()
        return fields

    def to_representation(self, instance: Any) -> Any:
        shown = super().to_representation(instance)
        membership = membership_of(self)
        hidden: list[str] = []
        if membership is None or not membership.may("money"):
            hidden += self.money
        if membership is None or membership.organization_id != instance.organization_id:
            hidden += self.brand_only
        shown.update({name: None for name in hidden if name in shown})
        return shown


class Kept(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    OrganizationViewSet,
):
    """Rows that a caller lists, reads, adds and changes (PATCH)."""

    http_method_names = ("get", "post", "patch", "head", "options")
