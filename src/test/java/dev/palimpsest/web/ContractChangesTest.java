package dev.palimpsest.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Which changes of a document break a client.
class ContractChangesTest {

    private static final String DOCUMENT = """
            {"paths": {"/jobs": {
               "get": {"operationId": "listJobs",
                       "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}}],
                       "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/schemas/Job"}}}}}},
               "post": {"operationId": "createJob",
                        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/schemas/Request"}}}},
                        "responses": {"201": {}}}}},
             "schemas": {
               "Job": {"type": "object", "properties": {
                  "status": {"type": "string", "enum": ["queued", "running"]}, "seed": {"type": ["integer", "null"]},
                  "parent": {"$ref": "#/schemas/Job"}}},
               "Request": {"type": "object", "required": ["seed"], "properties": {
                  "seed": {"type": "integer", "minimum": 0}, "size": {"type": "integer", "exclusiveMinimum": 5},
                  "device": {"type": "string", "enum": ["cpu", "cuda"], "default": "cpu"},
                  "split": {"oneOf": [{"$ref": "#/schemas/Equal"}, {"$ref": "#/schemas/Groups"}]}}},
               "Equal": {"type": "object"}, "Groups": {"type": "object"}}}""";

    @ParameterizedTest(name = "{0} becomes {1}: {2}")
    @CsvSource(delimiter = '|', nullValues = "additive", quoteCharacter = '`', textBlock = """
                "get":                               | "put":                                  | get /jobs is gone
                listJobs                             | findJobs                                | get /jobs is called "findJobs", was "listJobs"
                "name": "limit"                      | "name": "size"                          | get /jobs, parameter limit is gone
                "maximum": 100                       | "maximum": 50                           | get /jobs, parameter limit: maximum is 50, was 100
                "maximum": 100                       | "maximum": 200                          | additive
                "in": "query",                       | "in": "query", "required": true,        | get /jobs, parameter limit is required
                "201"                                | "202"                                   | post /jobs, 201 is gone
                "201": {}                            | "201": {}, "409": {}                    | additive
                "status":                            | "state":                                | get /jobs, 200.status is gone
                "status":                            | "phase": {}, "status":                  | additive
                ["queued", "running"]                | ["queued", "running", "lost"]           | additive
                ["queued", "running"]                | ["queued"]                              | get /jobs, 200.status has no [running] any more
                ["integer", "null"]                  | "integer"                               | additive
                ["integer", "null"]                  | "string"                                | get /jobs, 200.seed is of type [string], was [integer, null]
                "seed": {"type": "integer"           | "seed": {"type": ["integer", "null"]    | additive
                "seed": {"type": "integer"           | "seed": {"type": "string"               | post /jobs, body.seed is of type [string], was [integer]
                "minimum": 0                         | "exclusiveMinimum": 0                   | post /jobs, body.seed: exclusiveMinimum is 0, was none
                "exclusiveMinimum": 5                | "minimum": 5                            | additive
                "exclusiveMinimum": 5                | "minimum": 6                            | post /jobs, body.size: minimum is 6, was none
                "minimum": 0                         | "minimum": 1                            | post /jobs, body.seed: minimum is 1, was 0
                ["seed"]                             | ["seed", "device"]                      | post /jobs, body requires [device]
                ["seed"]                             | []                                      | additive
                "default": "cpu"                     | "default": "cuda"                       | post /jobs, body.device is "cuda" by default, was "cpu"
                ["cpu", "cuda"]                      | ["cpu"]                                 | post /jobs, body.device has no [cuda] any more
                [{"$ref": "#/schemas/Equal"},        | [                                       | post /jobs, body.split cannot be {"$ref":"#/schemas/Equal"} any more
                "Equal": {"type": "object"}          | "Equal": {"type": "object", "required": ["kind"]} | post /jobs, body.split requires [kind]
                "split":                             | "name": {}, "split":                    | additive
                "requestBody": {                     | "requestBody": {"required": true,       | post /jobs needs a body
                """)
    void aChangeIsAdditiveOrBreaking(String part, String other, @Nullable String sentence) {
        JsonNode before = JsonMapper.shared().readTree(DOCUMENT);
        assertThat(DOCUMENT).contains(part);
        JsonNode after = JsonMapper.shared()
                .readTree(DOCUMENT.replaceFirst(Pattern.quote(part), Matcher.quoteReplacement(other)));

        assertThat(ContractChanges.breaking(before, after)).isEqualTo(sentence == null ? List.of() : List.of(sentence));
    }
}
