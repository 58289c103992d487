#!/usr/bin/env bash
# Whose is a ballot? A few rounds of tests/attack; `make check-attack` plays all of them.
ATTACK_ROUNDS=${ATTACK_ROUNDS:-2} exec "$(dirname "$CANDOURD")/tests/attack/attack"
