package dev.palimpsest.jobs;

import org.jspecify.annotations.Nullable;

/// One move of a job, stored with it in the form that is answered.
///
/// @param status the state that was reached, as on the wire
/// @param at when, RFC 3339 in UTC
/// @param reason a status reason as on the wire, if there was one
public record StatusTransition(
        String status, String at, @Nullable String reason) {}
