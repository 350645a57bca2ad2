import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/** A server must not outlive the test that started it, however that ended: the pipe to our standard input closes with it. */
final class Lifeline {
    private Lifeline() {}

    /** `-Dscratch=<folder>` names a folder that nobody needs after that. */
    static void hold() {
        Thread thread = new Thread(() -> {
            try {
                while (System.in.read() != -1) {
                    continue;
                }
            } catch (IOException closed) {
                // the same as its end
            }
            String scratch = System.getProperty("scratch");
            if (scratch != null) {
                remove(Path.of(scratch));
            }
            Runtime.getRuntime().halt(0);
        });
        thread.setDaemon(true);
        thread.start();
    }

    private static void remove(Path folder) {
        try (var paths = Files.walk(folder)) {
            paths.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        } catch (IOException | UncheckedIOException gone) {
            // the server may remove files of its own meanwhile; what is left is in the folder for temporary files
        }
    }
}
