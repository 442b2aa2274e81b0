package dev.palimpsest.jobs;

import java.util.LinkedHashMap;
import java.util.Map;

/// Why a job or an attempt failed, for people and programs.
///
/// @param detail one sentence for a person
/// @param attempt the attempt that failed, from 1; 0 if the job failed before the first
/// @param retryable whether another attempt may end better
public record JobError(StatusReason code, String detail, int attempt, boolean retryable) {

    Map<String, Object> toMap() {
        var map = new LinkedHashMap<String, Object>();
        map.put("code", code.wire());
        map.put("detail", detail);
        map.put("attempt", attempt);
        map.put("retryable", retryable);
        return map;
    }
}
