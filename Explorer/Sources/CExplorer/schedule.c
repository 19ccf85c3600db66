// A schedule as text: decisions separated by commas, `xN` after one that is made N times.
#include "internal.h"
#include <stdio.h>
#include <stdlib.h>

uint32_t explorer_parse(const char *text, uint8_t *decisions, uint32_t most) {
  uint32_t count = 0;
  for (const char *at = text; *at && count < most;) {
    uint32_t choice = *at == 'i' ? TAKE : *at == 'v' ? VALUE : 0;
    if (choice) at++;
    choice += (uint32_t)strtoul(at, (char **)&at, 10);
    uint32_t times = *at == 'x' ? (uint32_t)strtoul(at + 1, (char **)&at, 10) : 1;
    while (times-- && count < most) decisions[count++] = (uint8_t)choice;
    if (*at) at++;
  }
  return count;
}

const char *explorer_print(const uint8_t *decisions, uint32_t count) {
  static char *text;
  if (!text) text = malloc(MAX_STEPS * 8);
  char *at = text;
  *at = 0;
  for (uint32_t i = 0; i < count;) {
    uint32_t end = i;
    while (end < count && decisions[end] == decisions[i]) end++;
    uint8_t choice = decisions[i];
    const char *prefix = choice >= VALUE ? "v" : choice >= TAKE ? "i" : "";
    at += sprintf(at, "%s%s%u", i ? "," : "", prefix, choice >= VALUE ? choice - VALUE : choice % TAKE);
    if (end - i > 1) at += sprintf(at, "x%u", end - i);
    i = end;
  }
  return text;
}
