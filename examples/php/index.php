<?php
// A form with the field, on PHP alone.  Copy confirm() and send_waiting() into your own code.
declare(strict_types=1);

const TIMEOUT_SECONDS = 5;

/** Asks the service; returns [status, answer], status 0 where it cannot be reached. */
function ask(array $body): array
{
    $content = json_encode($body, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE);
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'timeout' => TIMEOUT_SECONDS,
        'ignore_errors' => true,
        'follow_location' => 0,
        'header' => [
            'Authorization: Bearer ' . getenv('KELISIM_SECRET_KEY'),
            'Content-Type: application/json',
            'Idempotency-Key: ' . hash('sha256', $content), // the same sent twice is one request
        ],
        'content' => $content,
    ]]);
    $answer = @file_get_contents(getenv('KELISIM_URL') . '/api/v1/consents', false, $context);
    if ($answer === false || !preg_match('~^HTTP/\S+ (\d{3})~', $http_response_header[0] ?? '', $found)) {
        return [0, []];
    }
    return [(int) $found[1], json_decode($answer, true) ?? []];
}

/**
 * Confirms what a form brought under the name of the field.
 * Returns [status, what to answer]: 422 refuse the form, 503 the service is away and nothing was kept.
 */
function confirm(array $values, string $subject_ref, string $form): array
{
    $texts = array_values(array_filter($values, fn ($one) => is_string($one) && $one !== '' && $one[0] !== '+'));
    $value = $texts[0] ?? '';
    $body = ['subject' => ['ref' => $subject_ref]];
    $received_at = gmdate('Y-m-d\TH:i:s\Z');
    if ($value !== '' && $value[0] === '{') {
        $displayed = json_decode($value, true);
        if (!is_array($displayed) || !is_array($displayed['answers'] ?? null) || ($displayed['form'] ?? '') !== $form) {
            return [422, ['error' => 'field-malformed']];
        }
        // A page without scripts sends each ticked box by itself, after what it displayed.
        foreach ($displayed['answers'] as $box => $answer) {
            $displayed['answers'][$box] = $answer === true || in_array('+' . $box, $values, true);
        }
        $body += ['displayed' => $displayed, 'received_at' => $received_at];
        $later = $body;
        $granted = $displayed['answers'];
    } else {
        $said = json_decode((string) base64_decode(strtr(explode('.', $value)[1] ?? '', '-_', '+/')), true);
        if (!is_array($said) || !is_array($said['answers'] ?? null)) {
            return [422, ['error' => $value === '' ? 'field-missing' : 'token-malformed']];
        }
        $body += ['token' => $value, 'site_key' => getenv('KELISIM_SITE_KEY'), 'form' => $form];
        // If the first try arrives and a late one too, the second says that the token is used up: nothing is lost.
        $later = $body + ['received_at' => $received_at];
        $granted = $said['answers'];
    }
    [$status, $answer] = ask($body);
    if ($status === 201) {
        return [200, ['granted' => $granted, 'recorded' => true]];
    }
    if ($status >= 400 && $status < 500 && !in_array($status, [401, 403, 429], true)) {
        return [422, ['error' => $answer['code'] ?? 'error']];
    }
    // The service is away: keep it for send_waiting().  The signature is checked then; the form goes on meanwhile.
    $place = getenv('SPOOL') . '/' . bin2hex(random_bytes(16)) . '.json';
    if (file_put_contents($place, json_encode($later, JSON_UNESCAPED_UNICODE), LOCK_EX) === false) {
        return [503, ['error' => 'unavailable']];
    }
    return [200, ['granted' => $granted, 'recorded' => false]];
}

/** Sends what waits; a timer of yours would do this every minute. */
function send_waiting(): array
{
    $done = 0;
    $refused = [];
    foreach (glob(getenv('SPOOL') . '/*.json') as $place) {
        $waiting = json_decode((string) file_get_contents($place), true);
        [$status, $answer] = ask($waiting);
        if ($status === 201 || ($answer['code'] ?? '') === 'token-replayed') {
            $done++;
        } elseif ($status >= 400 && $status < 500 && !in_array($status, [401, 403, 429], true)) {
            $refused[] = $answer['code'] ?? 'error';
        } else {
            break;
        }
        unlink($place);
    }
    return [200, ['done' => $done, 'refused' => $refused]];
}

umask(0077);
$form = getenv('KELISIM_FORM');
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    if ($_SERVER['REQUEST_URI'] === '/waiting') {
        [$status, $said] = send_waiting();
    } else {
        // PHP keeps only the last of several values of one name, unless the name ends in [].
        $values = [];
        foreach (explode('&', (string) file_get_contents('php://input')) as $pair) {
            [$name, $value] = array_map('urldecode', explode('=', $pair, 2) + [1 => '']);
            if ($name === 'agreement') {
                $values[] = $value;
            }
        }
        [$status, $said] = confirm($values, 'user-' . bin2hex(random_bytes(16)), $form);
    }
    http_response_code($status);
    header('Content-Type: application/json');
    echo json_encode($said, JSON_UNESCAPED_UNICODE);
    return;
}
$service = htmlspecialchars((string) getenv('KELISIM_URL'));
$site = htmlspecialchars((string) getenv('KELISIM_SITE_KEY'));
?>
<!doctype html><html lang="kk"><meta charset="utf-8"><title>PHP</title>
<script src="<?= $service ?>/w/1.0.0/k.js"
  integrity="sha384-MqIet4kwliehHssA3X8Aizmwk73KtOoemMsP6iv5sCl36nWabMTiC+Iyk2h5tS2k"
  crossorigin="anonymous" async></script>
<form method="post"><k-field site="<?= $site ?>" form-id="<?= htmlspecialchars((string) $form) ?>" name="agreement"></k-field>
<button>Send</button></form></html>
