import { parseJson, type Json } from '../../../shared';

/** The data that the vectors of mapper and filter are about. */
export const vectorData: Json = parseJson(`{
  "issue": {
    "id": "10001",
    "key": "SHOP-7",
    "fields": {
      "summary": "Pay page slow", "points": 8, "ratio": 0.25, "flagged": true, "parent": null, "labels": ["web", "slow"],
      "owner": { "team": "pay" }, "due.date": "2026-01-31", "subtasks": [{ "id": 1, "t": "a" }, { "id": 2, "t": "b" }]
    }
  },
  "big": 9007199254740995,
  "tpl": "{{ issue.key }}",
  "empty": ""
}`);
