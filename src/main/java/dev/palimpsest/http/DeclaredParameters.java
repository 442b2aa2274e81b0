package dev.palimpsest.http;

import dev.palimpsest.settings.Fault;
import dev.palimpsest.settings.RequestRefusedException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.util.UriComponentsBuilder;

/// Refuses query parameters that the handler does not declare: a mistyped filter must not pass in silence.
final class DeclaredParameters implements HandlerInterceptor {

    /// Handlers of libraries have rules of their own.
    private static final String SERVICE = "dev.palimpsest.";

    private static final String METADATA = "metadata.";

    private final Map<Method, Set<String>> known = new ConcurrentHashMap<>();

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
        if (!(handler instanceof HandlerMethod method)
                || !method.getBeanType().getPackageName().startsWith(SERVICE)) {
            return true;
        }
        Set<String> names = known.computeIfAbsent(method.getMethod(), DeclaredParameters::names);
        Filters filters = AnnotatedElementUtils.findMergedAnnotation(method.getMethod(), Filters.class);
        boolean metadata = filters != null && filters.metadata();
        // form fields are no query parameters, so the query is read by itself
        List<Fault> faults =
                UriComponentsBuilder.newInstance()
                        .query(request.getQueryString())
                        .build()
                        .getQueryParams()
                        .keySet()
                        .stream()
                        .filter(name -> !names.contains(name) && !(metadata && name.startsWith(METADATA)))
                        .map(name -> fault(name, names, metadata))
                        .toList();
        if (!faults.isEmpty()) {
            throw new RequestRefusedException(400, faults);
        }
        return true;
    }

    private static Fault fault(String name, Set<String> names, boolean metadata) {
        String possible =
                names.isEmpty() ? "there are none" : "known are " + names + (metadata ? " and metadata.<key>" : "");
        return new Fault("unknown_parameter", name, "There is no query parameter '%s'; %s.".formatted(name, possible));
    }

    private static Set<String> names(Method method) {
        var names = new LinkedHashSet<String>();
        Filters filters = AnnotatedElementUtils.findMergedAnnotation(method, Filters.class);
        if (filters != null) {
            names.addAll(List.of(filters.value()));
        }
        Arrays.stream(method.getParameters())
                .map(parameter -> AnnotatedElementUtils.findMergedAnnotation(parameter, RequestParam.class))
                .filter(parameter -> parameter != null && !parameter.name().isEmpty())
                .forEach(parameter -> names.add(parameter.name()));
        return names;
    }
}
