import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.opensearch.Version;
import org.opensearch.common.logging.LogConfigurator;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;

/** One node, with settings (name=value) from the command line. It ends when its standard input does. */
public final class EngineNode {
    private static final List<String> MODULES = List.of(
        "org.opensearch.transport.Netty4",
        "org.opensearch.index.reindex.Reindex");

    public static void main(String[] arguments) throws Exception {
        Settings.Builder settings = Settings.builder();
        for (String argument : arguments) {
            String[] pair = argument.split("=", 2);
            settings.put(pair[0], pair[1]);
        }
        Settings given = settings.build();
        LogConfigurator.configureWithoutConfig(given);
        Thread watch = new Thread(EngineNode::awaitEnd);
        watch.setDaemon(true);
        watch.start();
        openNode(InternalSettingsPreparer.prepareEnvironment(given, Map.of(), null, () -> "node")).start();
        new CountDownLatch(1).await();
    }

    /** However the process dies that started this one, its end of the pipe is closed then. */
    private static void awaitEnd() {
        try {
            while (System.in.read() >= 0) {}
        } catch (IOException gone) {
            // As good as its end.
        }
        Runtime.getRuntime().halt(0);
    }

    /** A node with its modules from the class path: named by their classes, in OpenSearch 3.x by descriptions. */
    private static Node openNode(Environment environment) throws Exception {
        for (Constructor<?> maker : Node.class.getDeclaredConstructors()) {
            if (maker.getParameterCount() != 3) continue;
            Type of = ((ParameterizedType) maker.getGenericParameterTypes()[1]).getActualTypeArguments()[0];
            List<Object> modules = new ArrayList<>();
            for (String name : MODULES) {
                modules.add(of instanceof Class<?> kind ? describe(kind, name + "ModulePlugin") : Class.forName(name + "Plugin"));
            }
            maker.setAccessible(true);
            return (Node) maker.newInstance(environment, modules, true);
        }
        throw new IllegalStateException("no constructor of Node takes modules");
    }

    private static Object describe(Class<?> kind, String name) throws Exception {
        String version = Version.CURRENT.toString();
        String java = System.getProperty("java.specification.version");
        Object[] given = {name, name, version, Version.CURRENT, java, name, null, List.of(), false};
        for (Constructor<?> maker : kind.getConstructors()) {
            List<Class<?>> types = List.of(maker.getParameterTypes());
            if (types.size() == given.length && types.get(3) == Version.class) return maker.newInstance(given);
        }
        throw new IllegalStateException("no constructor of " + kind + " takes these");
    }
}
