package dev.palimpsest.http;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// How much one request may send, and how many streams one caller may hold.
///
/// @param jsonSize of a JSON body
/// @param uploadSize of an uploaded archive or weights file
/// @param streams event streams of one owner
@ConfigurationProperties("palimpsest.limits")
public record HttpLimits(
        @DefaultValue("1MB") DataSize jsonSize,
        @DefaultValue("8GB") DataSize uploadSize,
        @DefaultValue("20") int streams) {}
