import de.bwaldvogel.mongo.MongoBackend;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.util.List;
import org.h2.mvstore.MVStore;

/** Arguments: port (0 = any), then the file that keeps the data; without it they live in memory. Prints `listening <port>`. */
public final class StartMongo {
    private StartMongo() {}

    /** The newest version the server knows of is older than the drivers accept; it understands what they then send. */
    private static final MongoVersion VERSION = new MongoVersion() {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(5, 0, 0);
        }

        @Override
        public int getWireVersion() {
            return 13;
        }
    };

    /** Acknowledged means written: a kill of the server may lose nothing that a client was told. */
    private static final class Durable extends H2Backend {
        Durable(MVStore store) {
            super(store);
        }

        @Override
        public Document handleMessage(MongoMessage message) {
            Document answer = super.handleMessage(message);
            commit();
            return answer;
        }
    }

    public static void main(String[] args) {
        Lifeline.hold();
        MongoBackend backend = args.length > 1 ? new Durable(MVStore.open(args[1])) : new MemoryBackend();
        MongoServer server = new MongoServer(backend.version(VERSION));
        server.bind("127.0.0.1", Integer.parseInt(args[0]));
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        System.out.println("listening " + server.getLocalAddress().getPort());
    }
}
