import java.io.OutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Arguments: the properties file, a cluster id, then what the storage is to be formatted with. Formats where that was not done yet, in the same JVM: a second one would cost a second. */
public final class StartKafka {
    private StartKafka() {}

    public static void main(String[] args) {
        Lifeline.hold();
        List<String> format = new ArrayList<>(List.of("format", "--ignore-formatted", "-c", args[0], "-t", args[1]));
        format.addAll(List.of(args).subList(2, args.length));
        int code = kafka.tools.StorageTool.execute(format.toArray(new String[0]), new PrintStream(OutputStream.nullOutputStream()));
        if (code != 0) {
            System.exit(code);
        }
        System.out.println("formatted");
        kafka.Kafka.main(new String[] {args[0]});
    }
}
