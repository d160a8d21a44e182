{% autoescape off %}export KOLHUB_SECRET='whsec_…'   # shown once, when the key was made

ORDER="try-$(date +%s)"
ID="order-$ORDER"                # the same again after a failure: it is counted once
TIME=$(date +%s)
BODY='{"type": "order", "order_ref": "'$ORDER'", "occurred_at": "'$(date -u +%Y-%m-%dT%H:%M:%SZ)'", "currency": "USD",
  "lines": [{"sku": "MUG-1", "quantity": 2, "price": "12.50"}], "discount": "2.50", "coupon_codes": ["ANNA10"],
  "customer": "shopper@example.com"}'
HEXKEY=$(printf %s "${KOLHUB_SECRET#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
SIGNATURE=$(printf %s "$ID.$TIME.$BODY" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$HEXKEY" -binary | openssl base64 -A)

curl -sS -i '{{ collector }}/s2s/conversions' \
  -H 'Content-Type: application/json' -H 'KolHub-Key: {{ key }}' \
  -H "webhook-id: $ID" -H "webhook-timestamp: $TIME" -H "webhook-signature: v1,$SIGNATURE" \
  --data-binary "$BODY"{% endautoescape %}
