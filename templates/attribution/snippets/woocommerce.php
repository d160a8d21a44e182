{% autoescape off %}<?php
// In wp-config.php, from a source key of the kind "Server to server" of the same shop:
//   define('KOLHUB_KEY', '…');  define('KOLHUB_SECRET', 'whsec_…');

add_action('wp_head', function () {
    echo '<script async src="{{ collector }}/kolhub.js" data-key="{{ key }}"></script>' . "\n";
    echo '<script>window.kolhub = window.kolhub || function () { (kolhub.q = kolhub.q || []).push(arguments); };</script>' . "\n";
});

// The thank-you page ties the order to the shopper's visits.
add_action('woocommerce_thankyou', function ($order_id) {
    echo '<script>kolhub("purchase", { order_ref: ' . wp_json_encode((string) $order_id) . ' });</script>';
});

// The visitor's first-party cookie is kept with the order, so that the order finds its visits.
add_action('woocommerce_checkout_create_order', function ($order) {
    $visitor = isset($_COOKIE['kolhub_visitor']) ? sanitize_key($_COOKIE['kolhub_visitor']) : '';
    if ($visitor) $order->update_meta_data('_kolhub_visitor', substr($visitor, 0, 64));
});

// The order itself comes from your server: nobody can forge it, and no ad blocker stops it.
add_action('woocommerce_order_status_processing', 'kolhub_order');
add_action('woocommerce_order_status_completed', 'kolhub_order');
function kolhub_order($order_id) {
    $order = wc_get_order($order_id);
    if (!$order || $order->get_meta('_kolhub_sent')) return;
    $lines = [];
    $gross = 0.0;
    foreach ($order->get_items() as $item) {
        $product = $item->get_product();
        // Without tax; the whole line, because a price per piece may have no exact cents.
        $gross += (float) kolhub_amount($item->get_subtotal());
        $lines[] = [
            'sku' => $product ? substr((string) $product->get_sku(), 0, 80) : '',
            'quantity' => 1,
            'price' => kolhub_amount($item->get_subtotal()),
        ];
    }
    $sent = kolhub_send('order-' . $order_id, [
        'type' => 'order',
        'order_ref' => (string) $order_id,
        'occurred_at' => $order->get_date_created()->date('c'),
        'currency' => $order->get_currency(),
        'lines' => $lines,
        'discount' => kolhub_amount(min($gross, (float) $order->get_discount_total())),
        'shipping' => kolhub_amount($order->get_shipping_total()),
        'tax' => kolhub_amount($order->get_total_tax()),
        'coupon_codes' => array_slice(array_values($order->get_coupon_codes()), 0, 10),
        'visitor' => (string) $order->get_meta('_kolhub_visitor'),
        'customer' => $order->get_billing_email(),
    ]);
    if ($sent) {
        $order->update_meta_data('_kolhub_sent', '1');
        $order->save();
    } else {
        kolhub_later('kolhub_order', [$order_id]);
    }
}

add_action('woocommerce_order_refunded', 'kolhub_refund', 10, 2);
function kolhub_refund($order_id, $refund_id) {
    $refund = wc_get_order($refund_id);
    if (!$refund) return;
    $amount = 0.0;
    foreach ($refund->get_items() as $item) $amount += abs((float) $item->get_total());
    if (!$refund->get_items()) $amount = abs((float) $refund->get_amount());
    $sent = kolhub_send('refund-' . $refund_id, [
        'type' => 'refund',
        'order_ref' => (string) $order_id,
        'refund_ref' => (string) $refund_id,
        'occurred_at' => $refund->get_date_created()->date('c'),
        'currency' => $refund->get_currency(),
        'amount' => kolhub_amount($amount),
    ]);
    if (!$sent) kolhub_later('kolhub_refund', [$order_id, $refund_id]);
}

add_action('woocommerce_order_status_cancelled', 'kolhub_cancel');
function kolhub_cancel($order_id) {
    $order = wc_get_order($order_id);
    if (!$order) return;
    $sent = kolhub_send('cancellation-' . $order_id, [
        'type' => 'cancellation',
        'order_ref' => (string) $order_id,
        'occurred_at' => $order->get_date_created()->date('c'),
    ]);
    if (!$sent) kolhub_later('kolhub_cancel', [$order_id]);
}

function kolhub_amount($value) {
    return number_format((float) $value, wc_get_price_decimals(), '.', '');
}

// Tried again in five minutes, under the same id: KolHub counts it once.
add_action('kolhub_again', function ($call, $arguments) { $call(...$arguments); }, 10, 2);
function kolhub_later($call, $arguments) {
    as_schedule_single_action(time() + 300, 'kolhub_again', [$call, $arguments]);
}

function kolhub_send($id, $event) {
    $body = wp_json_encode($event);
    $time = (string) time();
    $secret = base64_decode(substr(KOLHUB_SECRET, strlen('whsec_')));
    $answer = wp_remote_post('{{ collector }}/s2s/conversions', [
        'timeout' => 10,
        'headers' => [
            'Content-Type' => 'application/json',
            'KolHub-Key' => KOLHUB_KEY,
            'webhook-id' => $id,
            'webhook-timestamp' => $time,
            'webhook-signature' => 'v1,' . base64_encode(hash_hmac('sha256', "$id.$time.$body", $secret, true)),
        ],
        'body' => $body,
    ]);
    $status = (int) wp_remote_retrieve_response_code($answer);
    // 409 and 422 will not get better by trying again; the answer's body says why.
    return in_array($status, [200, 202, 409, 422], true);
}{% endautoescape %}
