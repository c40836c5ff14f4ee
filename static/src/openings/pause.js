// Stopping the hall: for a reason, and until when if that is known.
import { postJson } from "../kernel/http.js";

/**
 * @param {string} lotId
 * @param {FormData} typed reason, and `resumes_at` as the person's own wall clock tells it
 */
export function pauseFor(lotId, typed) {
  const told = String(typed.get("resumes_at") ?? "");
  const resumes_at = told ? new Date(told).toISOString() : null;
  return postJson(`/lots/${lotId}/hall/pause`, { reason: String(typed.get("reason")), resumes_at });
}
