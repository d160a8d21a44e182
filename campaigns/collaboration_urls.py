"""The addresses of campaigns, collaborations and compliance."""

from django.urls import URLPattern, URLResolver, path

from campaigns.views import (
    campaigns,
    collaborations,
    contacts,
    contracts,
    dashboard,
    deliverables,
    links,
    outreach,
    reviews,
    shipments,
)

HERE = "o/<slug:organization>/"

collaboration_pages: list[URLPattern | URLResolver] = [
    path(HERE + "work-part/", dashboard.dashboard_part, name="dashboard_part"),
    path(HERE + "campaigns/", campaigns.campaign_list, name="campaign_list"),
    path(HERE + "campaigns/new/", campaigns.campaign_create, name="campaign_create"),
    path(HERE + "campaigns/<int:pk>/", campaigns.campaign, name="campaign"),
    path(HERE + "campaigns/<int:pk>/edit/", campaigns.campaign_edit, name="campaign_edit"),
    path(HERE + "campaigns/<int:pk>/board/", campaigns.campaign_board, name="campaign_board"),
    path(HERE + "campaigns/<int:pk>/table/", campaigns.campaign_table, name="campaign_table"),
    path(HERE + "campaigns/<int:pk>/table.csv", campaigns.campaign_export, {"kind": "csv"}, name="campaign_csv"),
    path(HERE + "campaigns/<int:pk>/table.xlsx", campaigns.campaign_export, {"kind": "xlsx"}, name="campaign_xlsx"),
    path(HERE + "campaigns/<int:pk>/bulk/", campaigns.campaign_bulk, name="campaign_bulk"),
    path(HERE + "campaigns/<int:pk>/add/", campaigns.campaign_add_creator, name="campaign_add_creator"),
    path(HERE + "collaborations/", collaborations.collaboration_list, name="collaboration_list"),
    path(HERE + "collaborations/<int:pk>/", collaborations.collaboration, name="collaboration"),
    path(HERE + "collaborations/<int:pk>/move/", campaigns.collaboration_move, name="collaboration_move"),
    path(HERE + "collaborations/<int:pk>/plan/", collaborations.collaboration_plan, name="collaboration_plan"),
    path(HERE + "collaborations/<int:pk>/notes/", collaborations.note_create, name="note_create"),
    path(HERE + "collaborations/<int:pk>/agency-terms/", collaborations.agency_terms, name="agency_terms"),
    path(HERE + "collaborations/<int:pk>/contacts/", contacts.contact_create, name="contact_create"),
    path(
        HERE + "collaborations/<int:pk>/contacts/<int:contact>/delete/",
        contacts.contact_delete,
        name="contact_delete",
    ),
    path(HERE + "collaborations/<int:pk>/do-not-contact/", contacts.do_not_contact, name="do_not_contact"),
    path(HERE + "collaborations/<int:pk>/write/", outreach.outreach_compose, name="outreach_compose"),
    path(HERE + "collaborations/<int:pk>/log/", outreach.outreach_log, name="outreach_log"),
    path(HERE + "messages/<int:pk>/retry/", outreach.outreach_retry, name="outreach_retry"),
    path(HERE + "templates/", outreach.template_list, name="template_list"),
    path(HERE + "templates/new/", outreach.template_edit, name="template_create"),
    path(HERE + "templates/<int:pk>/", outreach.template_edit, name="template_edit"),
    path(HERE + "templates/<int:pk>/delete/", outreach.template_delete, name="template_delete"),
    path(HERE + "collaborations/<int:pk>/terms/", contracts.terms, name="terms"),
    path(HERE + "collaborations/<int:pk>/contract/", contracts.contract, name="contract"),
    path(
        HERE + "collaborations/<int:pk>/contract/<int:version>/",
        contracts.contract,
        name="contract_version",
    ),
    path(HERE + "collaborations/<int:pk>/samples/new/", shipments.shipment_edit, name="shipment_create"),
    path(
        HERE + "collaborations/<int:pk>/samples/<int:shipment>/",
        shipments.shipment_edit,
        name="shipment_edit",
    ),
    path(
        HERE + "collaborations/<int:pk>/samples/<int:shipment>/delete/",
        shipments.shipment_delete,
        name="shipment_delete",
    ),
    path(HERE + "links/", links.links, name="links"),
    path(HERE + "links/links.csv", links.links_export, {"kind": "csv"}, name="links_csv"),
    path(HERE + "links/links.xlsx", links.links_export, {"kind": "xlsx"}, name="links_xlsx"),
    path(HERE + "links/<int:pk>/qr.svg", links.link_qr, name="link_qr"),
    path(HERE + "links/<int:pk>/", links.link_edit, name="link_edit"),
    path(HERE + "links/<int:pk>/switch/", links.link_disable, name="link_disable"),
    path(HERE + "coupons/<int:pk>/", links.coupon_edit, name="coupon_edit"),
    path(HERE + "collaborations/<int:pk>/content/new/", deliverables.deliverable_create, name="deliverable_create"),
    path(HERE + "content/<int:pk>/", deliverables.deliverable, name="deliverable"),
    path(HERE + "content/<int:pk>/edit/", deliverables.deliverable_edit, name="deliverable_edit"),
    path(HERE + "content/<int:pk>/delete/", deliverables.deliverable_delete, name="deliverable_delete"),
    path(HERE + "content/<int:pk>/numbers/", deliverables.metric_create, name="metric_create"),
    path(HERE + "content/numbers/", deliverables.metrics_upload, name="metrics_upload"),
]

compliance_pages: list[URLPattern | URLResolver] = [
    path(HERE + "content/<int:pk>/judge/", reviews.capture, name="capture"),
    path(HERE + "reviews/", reviews.review_list, name="review_list"),
    path(HERE + "reviews/<int:pk>/", reviews.review, name="review"),
    path(HERE + "reviews/<int:pk>/decide/", reviews.review_decide, name="review_decide"),
    path(HERE + "reviews/<int:pk>/release/", reviews.hold_release, name="hold_release"),
    path(HERE + "drafts/", reviews.draft_check, name="draft_check"),
]
