package dev.palimpsest.http;

import dev.palimpsest.settings.RequestRefusedException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads bodies that are checked as trees: exactly one JSON value, no key twice, not too deep.
public final class JsonBodies {

    private static final int DEEPEST = 32;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private JsonBodies() {}

    /// The one JSON value of a body.
    ///
    /// @throws RequestRefusedException `malformed_json`
    public static JsonNode read(byte[] body) {
        try {
            JsonNode tree = MAPPER.readTree(body);
            if (tree.isMissingNode()) {
                throw malformed("The body is empty.");
            }
            return tree;
        } catch (JacksonException broken) {
            throw malformed("The body is not one JSON value: %s%s."
                    .formatted(broken.getOriginalMessage(), BodyFaults.place(broken)));
        }
    }

    private static RequestRefusedException malformed(String detail) {
        return new RequestRefusedException(400, "malformed_json", "", detail);
    }
}
