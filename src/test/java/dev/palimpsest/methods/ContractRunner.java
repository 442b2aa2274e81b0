package dev.palimpsest.methods;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Runs the tests of classes in a process of its own, one after the other, without an engine for tests: what the class
/// path of this process lacks.
final class ContractRunner {

    private ContractRunner() {}

    /// Ends with 1 if a test fails, or none runs.
    ///
    /// @param names of classes with a constructor without parameters
    public static void main(String[] names) throws ReflectiveOperationException {
        int failed = 0;
        int run = 0;
        for (String name : names) {
            for (Method test : tests(Class.forName(name))) {
                run++;
                if (!passes(Class.forName(name), test)) {
                    failed++;
                }
            }
        }
        System.out.printf("%d run, %d failed%n", run, failed);
        System.exit(run == 0 || failed > 0 ? 1 : 0);
    }

    private static List<Method> tests(Class<?> declared) {
        List<Method> found = new ArrayList<>();
        for (Class<?> at = declared; at != null; at = at.getSuperclass()) {
            for (Method method : at.getDeclaredMethods()) {
                if (method.isAnnotationPresent(Test.class)) {
                    found.add(method);
                }
            }
        }
        return found;
    }

    private static boolean passes(Class<?> declared, Method test) throws ReflectiveOperationException {
        var constructor = declared.getDeclaredConstructor();
        constructor.setAccessible(true);
        test.setAccessible(true);
        try {
            test.invoke(constructor.newInstance());
            System.out.println("passed " + test.getName());
            return true;
        } catch (InvocationTargetException failure) {
            System.out.println("FAILED " + test.getName() + ": " + failure.getCause());
            return false;
        }
    }
}
