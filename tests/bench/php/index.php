<?php
// PHP with PDO as one would write it: takes the row of a ballot as JSON, stores it durably, and says that it did.
declare(strict_types=1);
$b = json_decode(file_get_contents('php://input'), true, 4, JSON_THROW_ON_ERROR);
$pdo = new PDO('pgsql:host=' . $_SERVER['PG_FOLDER'] . ';port=5432;dbname=candour;user=postgres', null, null, [
    PDO::ATTR_PERSISTENT => true,
    PDO::ATTR_EMULATE_PREPARES => true, // one message to the database instead of two
    PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
]);
$insert = $pdo->prepare('INSERT INTO public.plain_ballot (round, vk, subject, grp, sequence, ratings, comments, leaf)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
$insert->execute([$b['round'], '\x' . $b['vk'], $b['subject'], (int) $b['grp'], (int) $b['sequence'],
    '\x' . $b['ratings'], '\x' . $b['comments'], '\x' . $b['leaf']]);
header('Content-Type: application/json');
$reply = '{"stored":true}';
header('Content-Length: ' . strlen($reply));
echo $reply;
