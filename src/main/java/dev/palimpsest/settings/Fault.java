package dev.palimpsest.settings;

/// One thing that is wrong with a request.
///
/// @param code the contract: `unknown_field`, `out_of_range`, ...
/// @param param dotted path to the place, `split.tasks[1].classes[0]`; empty for the whole
/// @param detail for people: the thing, the value and what is allowed
public record Fault(String code, String param, String detail) {}
