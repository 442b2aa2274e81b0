package dev.palimpsest.helm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import dev.palimpsest.support.KnownVariables;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The chart, linted, rendered and read back as typed objects: no helm program, no cluster.
class HelmChartIT {

    private static final Path CHART = Path.of("helm", "palimpsest");

    private static final Map<String, Object> CUDA = Map.of(
            "workers.cuda.replicas", 2, "workers.cuda.runtimeClassName", "nvidia", "home.existingClaim", "shared");

    @Test
    void passesTheStrictLint() {
        LintResult result = new Helm(CHART).lint().strict().call();

        assertThat(result.isFailed())
                .as(() -> String.join("\n", result.getMessages()))
                .isFalse();
    }

    @Test
    void rendersAnApiAWorkerAPoolAServiceAndAFolder() {
        assertThat(render(Map.of()))
                .map(resource ->
                        resource.getKind() + " " + resource.getMetadata().getName())
                .containsExactlyInAnyOrder(
                        "Deployment release-api",
                        "Deployment release-worker-cpu",
                        "Deployment release-worker-cuda",
                        "Service release",
                        "PersistentVolumeClaim release-home");
    }

    @Test
    void knowsEveryField() {
        for (Map<String, Object> values :
                List.of(Map.<String, Object>of(), CUDA, Map.<String, Object>of("home.persistent", false))) {
            assertThat(render(values))
                    .isNotEmpty()
                    .allSatisfy(resource -> assertThat(UnknownFields.of(resource, resource.getKind()))
                            .isEmpty());
        }
    }

    @Test
    void findsAMistypedField() {
        String mistyped = template(Map.of())
                .replaceFirst("\n  replicas:", "\n  replicaz:")
                .replaceFirst("mountPath:", "mountPaht:");

        assertThat(parse(mistyped).stream()
                        .flatMap(resource -> UnknownFields.of(resource, resource.getKind()).stream()))
                .containsExactlyInAnyOrder(
                        "Deployment.Spec.replicaz",
                        "Deployment.Spec.Template.Spec.Containers[].VolumeMounts[].mountPaht");
    }

    @Test
    void aPoolOnCudaAsksForItsDevice() {
        Deployment worker = deployment(CUDA, "release-worker-cuda");

        assertThat(worker.getSpec().getReplicas()).isEqualTo(2);
        assertThat(pod(worker).getRuntimeClassName()).isEqualTo("nvidia");
        assertThat(container(worker).getImage()).endsWith("-cuda");
        assertThat(container(worker).getResources().getLimits()).containsKey("nvidia.com/gpu");
        assertThat(value(worker, "PALIMPSEST_WORKER_POOLS_0_DEVICE")).isEqualTo("cuda");
    }

    @Test
    void setsOnlySettingsThatExist() {
        var known = new KnownVariables();
        List<Deployment> deployments =
                deployments(Map.of("access.issuer", "https://issuer.example.org", "access.audience", "palimpsest"));

        assertThat(known.unknownAmong(deployments.stream()
                        .flatMap(deployment -> container(deployment).getEnv().stream())
                        .map(EnvVar::getName)
                        .distinct()
                        .toList()))
                .isEmpty();
        assertThat(deployments)
                .map(deployment -> value(deployment, "SPRING_PROFILES_ACTIVE"))
                .allMatch(KnownVariables::profileExists, "has an application-<role>.yaml");
    }

    @Test
    void theHeapOfEachPodCanBeSet() {
        Map<String, Object> values = Map.of("api.javaOptions", "-Xmx1g", "workers.cpu.javaOptions", "-Xmx3g -Xlog:gc");

        assertThat(value(deployment(values, "release-api"), "PALIMPSEST_JAVA_OPTIONS"))
                .isEqualTo("-Xmx1g");
        assertThat(value(deployment(values, "release-worker-cpu"), "PALIMPSEST_JAVA_OPTIONS"))
                .isEqualTo("-Xmx3g -Xlog:gc");
        assertThat(deployments(Map.of()))
                .allSatisfy(deployment -> assertThat(container(deployment).getEnv())
                        .noneMatch(variable -> variable.getName().equals("PALIMPSEST_JAVA_OPTIONS")));
        assertThatThrownBy(() -> template(Map.of("api.javaOptions", "4g"))).hasMessageContaining("javaOptions");
    }

    @Test
    void aPodOutlivesTheHandBackOfItsJob() {
        assertThat(deployments(Map.of("shutdownMaxWait", 100))).allSatisfy(deployment -> {
            assertThat(value(deployment, "PALIMPSEST_WORKER_SHUTDOWNMAXWAIT")).isEqualTo("100s");
            assertThat(pod(deployment).getTerminationGracePeriodSeconds()).isGreaterThan(2 * 100L);
        });
    }

    @Test
    void everyPodIsProbedAndUnprivileged() {
        assertThat(deployments(Map.of())).allSatisfy(deployment -> {
            Container container = container(deployment);
            assertThat(List.of(
                            container.getStartupProbe(), container.getLivenessProbe(), container.getReadinessProbe()))
                    .map(Probe::getHttpGet)
                    .allSatisfy(get -> assertThat(get.getPath()).startsWith("/actuator/health/"));
            assertThat(pod(deployment).getSecurityContext().getRunAsNonRoot()).isTrue();
            assertThat(container.getSecurityContext().getReadOnlyRootFilesystem())
                    .isTrue();
        });
    }

    @Test
    void passwordsComeFromSecretsOnly() {
        assertThat(deployments(Map.of())).allSatisfy(deployment -> {
            assertThat(variable(deployment, "SPRING_DATASOURCE_PASSWORD")
                            .getValueFrom()
                            .getSecretKeyRef()
                            .getName())
                    .isEqualTo("palimpsest-database");
            assertThat(container(deployment).getEnvFrom())
                    .map(from -> from.getSecretRef().getName())
                    .containsExactly("palimpsest-access");
        });
    }

    @Test
    void theFolderIsAClaimOrEmpty() {
        assertThat(claims(Map.of())).containsOnly("release-home");
        assertThat(claims(CUDA)).containsOnly("shared");
        assertThat(render(CUDA)).noneMatch(PersistentVolumeClaim.class::isInstance);
        assertThat(deployments(Map.of("home.persistent", false)))
                .allSatisfy(deployment -> assertThat(pod(deployment).getVolumes())
                        .allSatisfy(volume -> assertThat(volume.getEmptyDir()).isNotNull()));
    }

    @Test
    void theServiceFindsTheApiAlone() {
        Service service = render(Map.of()).stream()
                .filter(Service.class::isInstance)
                .map(Service.class::cast)
                .findFirst()
                .orElseThrow();

        assertThat(deployments(Map.of()))
                .filteredOn(deployment -> deployment
                        .getSpec()
                        .getTemplate()
                        .getMetadata()
                        .getLabels()
                        .entrySet()
                        .containsAll(service.getSpec().getSelector().entrySet()))
                .map(deployment -> deployment.getMetadata().getName())
                .containsExactly("release-api");
    }

    @Test
    void refusesAMistypedValueAndAnOpenDoor() {
        assertThatThrownBy(() -> template(Map.of("workers.cpu.replicaz", 2))).hasMessageContaining("replicaz");
        assertThatThrownBy(() -> template(Map.of("access.secret", ""))).hasMessageContaining("access");
        assertThatThrownBy(() -> template(Map.of("access.issuer", "https://issuer.example.org")))
                .hasMessageContaining("audience");
    }

    @Test
    void carriesTheVersionOfThePom() throws IOException {
        String pom = Files.readString(Path.of("pom.xml"));
        String version = Files.readAllLines(CHART.resolve("Chart.yaml")).stream()
                .filter(line -> line.startsWith("appVersion:"))
                .map(line -> line.replaceAll("appVersion:|[ \"]", ""))
                .findFirst()
                .orElseThrow();

        assertThat(pom).contains("<artifactId>palimpsest</artifactId>\n  <version>" + version + "</version>");
        assertThat(Files.readString(Path.of("docker-compose.yml"))).contains("image: palimpsest:" + version + "\n");
    }

    private static List<String> claims(Map<String, Object> values) {
        return deployments(values).stream()
                .flatMap(deployment -> pod(deployment).getVolumes().stream())
                .filter(volume -> volume.getPersistentVolumeClaim() != null)
                .map(volume -> volume.getPersistentVolumeClaim().getClaimName())
                .toList();
    }

    private static Deployment deployment(Map<String, Object> values, String name) {
        return deployments(values).stream()
                .filter(deployment -> deployment.getMetadata().getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static List<Deployment> deployments(Map<String, Object> values) {
        return render(values).stream()
                .filter(Deployment.class::isInstance)
                .map(Deployment.class::cast)
                .toList();
    }

    private static PodSpec pod(Deployment deployment) {
        return deployment.getSpec().getTemplate().getSpec();
    }

    private static Container container(Deployment deployment) {
        return pod(deployment).getContainers().getFirst();
    }

    private static String value(Deployment deployment, String variable) {
        return variable(deployment, variable).getValue();
    }

    private static EnvVar variable(Deployment deployment, String name) {
        return container(deployment).getEnv().stream()
                .filter(variable -> variable.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static List<HasMetadata> render(Map<String, Object> values) {
        return parse(template(values));
    }

    private static String template(Map<String, Object> values) {
        var command = new Helm(CHART).template().withName("release");
        values.forEach(command::set);
        return command.call();
    }

    private static List<HasMetadata> parse(String yaml) {
        var serialization = new KubernetesSerialization();
        return Pattern.compile("(?m)^---$")
                .splitAsStream(yaml)
                .filter(document -> document.lines().anyMatch(line -> line.startsWith("kind:")))
                .map(document -> (HasMetadata) serialization.unmarshal(document))
                .toList();
    }
}
