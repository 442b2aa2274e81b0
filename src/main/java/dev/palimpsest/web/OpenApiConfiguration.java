package dev.palimpsest.web;

import dev.palimpsest.catalogue.BackboneRequest;
import dev.palimpsest.catalogue.DatasetRequest;
import dev.palimpsest.experiments.ExperimentRequest;
import dev.palimpsest.http.Filters;
import dev.palimpsest.http.Problem;
import dev.palimpsest.runs.EvaluationRequest;
import dev.palimpsest.runs.MergeRequest;
import io.swagger.v3.core.converter.ModelConverters;
import io.swagger.v3.core.util.Json31;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.PathItem;
import io.swagger.v3.oas.models.Paths;
import io.swagger.v3.oas.models.examples.Example;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.parameters.Parameter;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.responses.ApiResponses;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springdoc.core.customizers.OperationCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import tools.jackson.databind.json.JsonMapper;

/// An OpenAPI document that says what the API does.
///
/// The document is made with Jackson 2 and the answers with Jackson 3, so its names are renamed here. A
/// naming strategy on the document's own mapper is no way out: it makes the subtypes of sealed families
/// vanish.
@Configuration(proxyBeanMethods = false)
@SuppressWarnings("rawtypes") // the document model hands out raw schemas
class OpenApiConfiguration {

    private static final Map<String, Class<?>> REQUESTS = Map.of(
            "ExperimentRequest", ExperimentRequest.class,
            "DatasetRequest", DatasetRequest.class,
            "BackboneRequest", BackboneRequest.class,
            "EvaluationRequest", EvaluationRequest.class,
            "MergeRequest", MergeRequest.class);

    /// What the data set, the backbone or the method decides where a request is silent.
    private static final Set<String> FILLED_IN = Set.of("split", "input", "method", "training");

    private static final Pattern REFERENCE = Pattern.compile("#/components/schemas/(\\w+)");
    private static final Pattern EXAMPLE = Pattern.compile("(\\w+)\\.([\\w-]+)\\.json");
    private static final String PROBLEM = "application/problem+json";

    /// Statuses that any request may get; those of a body are added where there is one.
    private static final Map<String, String> REFUSALS = Map.of(
            "400", "The request cannot be read",
            "401", "The caller is not known",
            "403", "The caller lacks the role",
            "404", "There is no such thing",
            "503", "The service cannot do this now");

    @Bean
    OpenAPI description() {
        return new OpenAPI()
                .info(new Info()
                        .title("Palimpsest")
                        .version("v1")
                        .description("Trains vision models task after task without forgetting, and proves it."));
    }

    /// Filters that a list reads by itself are parameters like others.
    @Bean
    OperationCustomizer filters() {
        return (operation, handler) -> {
            Filters filters = handler.getMethodAnnotation(Filters.class);
            if (filters != null) {
                Arrays.stream(filters.value())
                        .forEach(name -> operation.addParametersItem(
                                new Parameter().in("query").name(name).schema(words())));
            }
            return operation;
        };
    }

    private static Schema<Object> words() {
        var word = new Schema<String>();
        word.setTypes(Set.of("string"));
        var words = new Schema<>();
        words.setTypes(Set.of("array"));
        words.setItems(word);
        return words;
    }

    @Bean
    OpenApiCustomizer trueDocument(JsonMapper json) {
        return document -> {
            document.setServers(null); // depends on the request; the frozen copy must not
            Map<String, Schema> schemas = document.getComponents().getSchemas();
            schemas.putAll(ModelConverters.getInstance(true).read(Problem.class));
            schemas.putAll(ModelConverters.getInstance(true).read(Problem.Entry.class));
            schemas.values().forEach(OpenApiConfiguration::rename);
            REQUESTS.forEach((name, type) -> {
                if (schemas.containsKey(name)) {
                    schemas.putAll(RequestSchemas.of(name, type, FILLED_IN));
                }
            });
            schemas.put("JsonNode", anything());
            document.setPaths(sorted(document));
            Map<String, Map<String, Example>> examples = examples(json);
            document.getPaths().values().stream()
                    .flatMap(path -> path.readOperationsMap().entrySet().stream())
                    .forEach(operation -> {
                        refusals(operation.getValue(), operation.getKey() == PathItem.HttpMethod.POST);
                        addExamples(operation.getValue(), examples);
                    });
            document.getComponents().setSchemas(reachable(document, schemas));
        };
    }

    private static Schema<?> anything() {
        var schema = new Schema<>();
        schema.setTypes(Set.of("object"));
        schema.setAdditionalProperties(true);
        return schema;
    }

    /// Only what the paths lead to: the document's maker leaves members of families behind that nothing
    /// names.
    private static Map<String, Schema> reachable(OpenAPI document, Map<String, Schema> schemas) {
        var kept = new TreeMap<String, Schema>();
        var open = new ArrayDeque<>(references(document.getPaths()));
        while (!open.isEmpty()) {
            String name = open.remove();
            Schema<?> schema = schemas.get(name);
            if (schema != null && kept.put(name, schema) == null) {
                open.addAll(references(schema));
            }
        }
        return kept;
    }

    private static List<String> references(Object part) {
        return REFERENCE
                .matcher(Json31.pretty(part))
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    private static Paths sorted(OpenAPI document) {
        var paths = new Paths();
        new TreeMap<>(document.getPaths()).forEach(paths::addPathItem);
        return paths;
    }

    private static void refusals(Operation operation, boolean writes) {
        ApiResponses responses = operation.getResponses();
        REFUSALS.forEach((status, text) -> responses.addApiResponse(status, problem(text)));
        if (writes) {
            responses.addApiResponse("409", problem("The state does not allow this"));
        }
        if (operation.getRequestBody() != null) {
            responses.addApiResponse("413", problem("The body is too large"));
            responses.addApiResponse("415", problem("The body has the wrong type"));
            responses.addApiResponse("422", problem("The request has faults, all of which are named"));
            responses.addApiResponse("429", problem("The queue is full"));
        }
        var ordered = new ApiResponses();
        new TreeMap<>(responses).forEach(ordered::addApiResponse);
        operation.setResponses(ordered);
    }

    private static ApiResponse problem(String text) {
        return new ApiResponse()
                .description(text)
                .content(new Content()
                        .addMediaType(
                                PROBLEM, new MediaType().schema(new Schema<>().$ref("#/components/schemas/Problem"))));
    }

    /// Files `examples/<operation>.<name>.json`; the first in the order of their names is the one that is
    /// shown. What an example needs that a fresh installation lacks stands beside it, in a file `.md`.
    private static Map<String, Map<String, Example>> examples(JsonMapper json) {
        var examples = new TreeMap<String, Map<String, Example>>();
        try {
            Resource[] files = new PathMatchingResourcePatternResolver().getResources("classpath*:examples/*.json");
            Stream.of(files)
                    .sorted((one, other) -> name(one).compareTo(name(other)))
                    .forEach(file -> {
                        Matcher parts = EXAMPLE.matcher(name(file));
                        if (parts.matches()) {
                            examples.computeIfAbsent(parts.group(1), _ -> new LinkedHashMap<>())
                                    .put(parts.group(2), example(file, json));
                        }
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return examples;
    }

    private static Example example(Resource file, JsonMapper json) {
        try {
            Object value = json.readValue(file.getContentAsString(StandardCharsets.UTF_8), Object.class);
            var example = new Example();
            example.setValue(value);
            Resource needs = file.createRelative(name(file).replace(".json", ".md"));
            if (needs.exists()) {
                example.setDescription(
                        needs.getContentAsString(StandardCharsets.UTF_8).strip());
            }
            return example;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String name(Resource file) {
        return Objects.requireNonNullElse(file.getFilename(), "");
    }

    private static void addExamples(Operation operation, Map<String, Map<String, Example>> examples) {
        Map<String, Example> own = examples.get(operation.getOperationId());
        if (own == null || operation.getRequestBody() == null) {
            return;
        }
        MediaType body = operation.getRequestBody().getContent().get("application/json");
        if (body != null) {
            body.setExamples(new LinkedHashMap<>(own));
        }
    }

    private static void rename(@Nullable Schema<?> schema) {
        if (schema == null) {
            return;
        }
        parts(schema).forEach(OpenApiConfiguration::rename);
        Map<String, Schema> properties = schema.getProperties();
        if (properties != null) {
            var renamed = new LinkedHashMap<String, Schema>();
            properties.forEach((name, property) -> renamed.put(snakeCase(name), property));
            schema.setProperties(renamed);
        }
        List<String> required = schema.getRequired();
        if (required != null) {
            schema.setRequired(
                    required.stream().map(OpenApiConfiguration::snakeCase).toList());
        }
    }

    private static String snakeCase(String name) {
        return name.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    }

    private static Stream<Schema<?>> parts(Schema<?> schema) {
        Map<String, Schema> properties = Objects.requireNonNullElse(schema.getProperties(), Map.of());
        return Stream.of(
                        properties.values(),
                        Objects.requireNonNullElse(schema.getAllOf(), List.<Schema>of()),
                        Objects.requireNonNullElse(schema.getOneOf(), List.<Schema>of()),
                        Objects.requireNonNullElse(schema.getAnyOf(), List.<Schema>of()),
                        schema.getItems() == null ? List.<Schema>of() : List.of(schema.getItems()))
                .flatMap(schemas -> schemas.stream().map(part -> (Schema<?>) part));
    }
}
