"""Pages of brands and their products."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from campaigns.forms.briefs import BrandForm, ProductForm
from campaigns.models import Brand, Product
from kolhub.access import allows
from kolhub.models import AuditEvent
from kolhub.tenancy import OrganizationRequest


@allows("see", kind="brand")
def brand_list(request: OrganizationRequest) -> HttpResponse:
    """List the brands with their shops."""
    brands = Brand.objects.visible_to(request.membership).annotate(
        product_count=Count("products", distinct=True), brief_count=Count("briefs", distinct=True)
    )
    return render(request, "campaigns/brand_list.html", {"brands": brands.order_by("name")})


@allows("see", kind="brand")
def brand(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Show a brand with its products."""
    found = get_object_or_404(Brand.objects.visible_to(request.membership), pk=pk)
    return render(request, "campaigns/brand.html", {"brand": found, "products": found.products.order_by("name")})


@allows("work", kind="brand")
def brand_create(request: OrganizationRequest) -> HttpResponse:
    """Add a brand."""
    return _brand_form(request, Brand(organization=request.membership.organization))


@allows("work", kind="brand")
def brand_edit(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Change a brand."""
    return _brand_form(request, get_object_or_404(Brand.objects.visible_to(request.membership), pk=pk))


def _brand_form(request: OrganizationRequest, instance: Brand) -> HttpResponse:
    membership = request.membership
    name = instance.name
    form = BrandForm(request.POST or None, instance=instance)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        AuditEvent.record(
            membership.organization_id,
            membership.user,
            "brand.change" if name else "brand.create",
            saved,
            name=saved.name,
            domains=saved.domains,
        )
        messages.success(request, _("Saved."))
        return redirect("campaigns:brand", membership.organization.slug, saved.pk)
    context = {"form": form, "brand": instance, "name": name}
    return render(request, "campaigns/brand_form.html", context, status=422 if form.errors else 200)


@allows("work", kind="brand")
def product_create(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Add a product to a brand."""
    membership = request.membership
    owner = get_object_or_404(Brand.objects.visible_to(membership), pk=pk)
    currency = membership.organization.currency
    return _product_form(request, Product(organization=membership.organization, brand=owner, currency=currency))


@allows("work", kind="brand")
def product_edit(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Change a product."""
    products = Product.objects.visible_to(request.membership).select_related("brand")
    return _product_form(request, get_object_or_404(products, pk=pk))


def _product_form(request: OrganizationRequest, instance: Product) -> HttpResponse:
    membership = request.membership
    name = instance.name
    form = ProductForm(request.POST or None, instance=instance, membership=membership)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("campaigns:brand", membership.organization.slug, instance.brand_id)
    context = {"form": form, "product": instance, "brand": instance.brand, "name": name}
    return render(request, "campaigns/product_form.html", context, status=422 if form.errors else 200)
