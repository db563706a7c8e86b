package countersign;

import com.sun.net.httpserver.HttpServer;
import countersign.Countersign.Algorithm;
import countersign.Countersign.Answer;
import countersign.Countersign.Builder;
import countersign.Countersign.Claim;
import countersign.Countersign.Code;
import countersign.Countersign.Duplicates;
import countersign.Countersign.Field;
import countersign.Countersign.Fields;
import countersign.Countersign.InnerList;
import countersign.Countersign.Key;
import countersign.Countersign.KeyFinder;
import countersign.Countersign.MemoryStore;
import countersign.Countersign.Origin;
import countersign.Countersign.RefusedException;
import countersign.Countersign.Request;
import countersign.Countersign.RequestLine;
import countersign.Countersign.Store;
import countersign.Countersign.Verified;
import countersign.Countersign.Verifier;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** What the vectors cannot show: the server of the JDK, threads, keys, and the store alone. */
final class CountersignTest {
  private static final long NOW = 1_700_000_000;
  private static final byte[] SECRET =
      "32 bytes of a secret for tests!!".getBytes(StandardCharsets.US_ASCII);
  private static final String BODY = "{\"to\":\"bob\"}";
  private static final String NONCE = "nonce-of-16-chars";
  private static final InstantSource CLOCK = at(NOW);

  private CountersignTest() {}

  private interface Test {
    void run() throws Exception;
  }

  public static void main(String[] arguments) {
    Map<String, Test> tests = new LinkedHashMap<>();
    tests.put("a request is accepted once", CountersignTest::acceptedOnce);
    tests.put("codes tell which edge of the window was passed", CountersignTest::edges);
    tests.put("what fails lets nothing in", CountersignTest::failures);
    tests.put("a long keyid is not even looked up", CountersignTest::longKeyId);
    tests.put("the body is read after the signature was found good", CountersignTest::bodyLast);
    tests.put("an altered copy that comes first does no harm", CountersignTest::altered);
    tests.put("a claim says how long it lives, and whose it is", CountersignTest::claims);
    tests.put("a message that is none is refused", CountersignTest::noMessage);
    tests.put("what cannot be covered makes no base", CountersignTest::noBase);
    tests.put("mistakes are found when a verifier is made", CountersignTest::mistakes);
    tests.put("a verifier does not change with its builder", CountersignTest::builderIsCopied);
    tests.put("keys that must not be trusted are refused", CountersignTest::weakKeys);
    tests.put("a refusal tells its kind alone", CountersignTest::problems);
    tests.put("the store forgets behind its floor", CountersignTest::storeFloor);
    tests.put("windows of several lengths share a store", CountersignTest::storeLives);
    tests.put("the store looks at the window again", CountersignTest::storeWindow);
    tests.put("a store without a history refuses at first", CountersignTest::storeStart);
    tests.put("a full store drops nothing", CountersignTest::storeFull);
    tests.put("claims of many threads let one in", CountersignTest::storeThreads);
    tests.put("parsing costs linear time", CountersignTest::linearTime);
    tests.put("copies at once run the handler once", CountersignTest::serverCopies);
    tests.put("the server sees targets as they came", CountersignTest::serverTargets);
    tests.put("the server refuses with a problem", CountersignTest::serverProblems);
    tests.put("the handler reads the verified body", CountersignTest::serverBody);
    int failed = 0;
    for (var test : tests.entrySet()) {
      try {
        test.getValue().run();
        System.out.println("ok " + test.getKey());
      } catch (Exception | AssertionError error) {
        failed++;
        System.out.println("FAILED " + test.getKey());
        error.printStackTrace(System.out);
      }
    }
    System.out.println((tests.size() - failed) + " of " + tests.size() + " tests passed");
    System.exit(failed == 0 ? 0 : 1);
  }

  // ---- Signing, with nothing but the JDK and RFC 9421 section 2.5 -------------------------------

  /** A request to sign. What a test says nothing about is that of a sound transfer. */
  private record Signing(String method, String target, String nonce, String keyId, String more) {
    static final Signing SOUND =
        new Signing("POST", "/transfers?memo=rent", NONCE, "alice-laptop", "");

    Signing target(String other) {
      return new Signing(method, other, nonce, keyId, more);
    }

    Signing nonce(String other) {
      return new Signing(method, target, other, keyId, more);
    }

    Signing keyId(String other) {
      return new Signing(method, target, nonce, other, more);
    }

    Signing more(String other) {
      return new Signing(method, target, nonce, keyId, other);
    }

    List<Field> fields() throws Exception {
      int mark = target.indexOf('?');
      byte[] content = BODY.getBytes(StandardCharsets.UTF_8);
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
      String digest = "sha-256=:" + Base64.getEncoder().encodeToString(hash) + ":";
      String input =
          "(\"@method\" \"@authority\" \"@path\" \"@query\" \"content-digest\" \"content-type\")"
              + ";created=%d;nonce=\"%s\";keyid=\"%s\"%s".formatted(NOW, nonce, keyId, more);
      String base =
          String.join(
              "\n",
              "\"@method\": " + method,
              "\"@authority\": bank.example",
              "\"@path\": " + (mark < 0 ? target : target.substring(0, mark)),
              "\"@query\": " + (mark < 0 ? "?" : target.substring(mark)),
              "\"content-digest\": " + digest,
              "\"content-type\": application/json",
              "\"@signature-params\": " + input);
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(SECRET, "HmacSHA256"));
      byte[] signature = mac.doFinal(base.getBytes(StandardCharsets.US_ASCII));
      return List.of(
          new Field("Content-Type", "application/json"),
          new Field("Content-Length", Integer.toString(BODY.length())),
          new Field("Content-Digest", digest),
          new Field("Signature-Input", "sig=" + input),
          new Field("Signature", "sig=:" + Base64.getEncoder().encodeToString(signature) + ":"));
    }

    Request request() throws Exception {
      return new Request(method, target, fields(), BODY.getBytes(StandardCharsets.UTF_8));
    }
  }

  private static InstantSource at(long seconds) {
    return () -> Instant.ofEpochSecond(seconds);
  }

  private static Builder policy() {
    return policyWithoutKeys().key("alice-laptop", Key.hmac(SECRET, "alice"));
  }

  private static Builder policyWithoutKeys() {
    return Verifier.builder()
        .origin("https://bank.example")
        .store(MemoryStore.startsFresh(100))
        .clock(CLOCK);
  }

  private static void equal(Object actual, Object expected) {
    if (!actual.equals(expected)) throw new AssertionError(actual + " instead of " + expected);
  }

  private static void refused(Code expected, Callable<?> action) throws Exception {
    try {
      throw new AssertionError("no refusal, but " + action.call());
    } catch (RefusedException refusal) {
      equal(refusal.code(), expected);
    }
  }

  private static void mistaken(String what, Callable<?> action) throws Exception {
    try {
      action.call();
    } catch (IllegalArgumentException | IllegalStateException | NullPointerException found) {
      return;
    }
    throw new AssertionError("accepted: " + what);
  }

  // ---- The verifier -----------------------------------------------------------------------------

  private static void acceptedOnce() throws Exception {
    Verifier verifier = policy().build();
    Verified verified = verifier.verify(Signing.SOUND.request());
    equal(verified.principal(), "alice");
    equal(verified.keyId(), "alice-laptop");
    equal(verified.label(), "sig");
    equal(verified.created(), NOW);
    equal(verified.tag().isPresent(), false);
    equal(verified.components().get(1), "\"@authority\"");
    equal(new String(verified.body(), StandardCharsets.UTF_8), BODY);
    refused(Code.REPLAYED, () -> verifier.verify(Signing.SOUND.request()));
  }

  private static void edges() throws Exception {
    String expires = ";expires=" + (NOW + 30);
    equal(ageAccepted(-10, ""), true);
    equal(ageAccepted(60, ""), true);
    equal(ageAccepted(30, expires), true);
    refused(Code.NOT_YET_VALID, () -> ageAccepted(-11, ""));
    refused(Code.STALE, () -> ageAccepted(61, ""));
    refused(Code.EXPIRED, () -> ageAccepted(31, expires));
  }

  private static boolean ageAccepted(long age, String more) throws Exception {
    Verifier verifier = policy().clock(at(NOW + age)).build();
    return verifier.verify(Signing.SOUND.more(more).request()).created() == NOW;
  }

  private static void failures() throws Exception {
    Map<Builder, Code> cases =
        Map.of(
            policy().store(claim -> null), Code.REPLAY_STORE_UNAVAILABLE,
            policy().store(CountersignTest::broken), Code.REPLAY_STORE_UNAVAILABLE,
            policy().store(new MemoryStore(CLOCK, 100)), Code.REPLAY_STORE_STARTING,
            policyWithoutKeys().keys(CountersignTest::brokenKeys), Code.KEY_UNAVAILABLE,
            policyWithoutKeys().keys(keyId -> null), Code.UNKNOWN_KEY);
    for (var one : cases.entrySet()) {
      Verifier verifier = one.getKey().build();
      refused(one.getValue(), () -> verifier.verify(Signing.SOUND.request()));
    }
    Verifier inactive = policyWithoutKeys().keys(CountersignTest::inactive).build();
    refused(Code.INACTIVE_KEY, () -> inactive.verify(Signing.SOUND.request()));
  }

  private static Answer broken(Claim claim) throws IOException {
    throw new IOException("the store is down");
  }

  private static Key brokenKeys(String keyId) throws IOException {
    throw new IOException("the directory is down");
  }

  private static Key inactive(String keyId) throws RefusedException {
    throw new RefusedException(Code.INACTIVE_KEY);
  }

  private static void longKeyId() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    KeyFinder counting =
        keyId -> {
          asked.incrementAndGet();
          return null;
        };
    Verifier verifier = policyWithoutKeys().keys(counting).build();
    Signing longest = Signing.SOUND.keyId("k".repeat(256));
    Signing tooLong = Signing.SOUND.keyId("k".repeat(257));
    refused(Code.UNKNOWN_KEY, () -> verifier.verify(longest.request()));
    refused(Code.MALFORMED_PARAMETER, () -> verifier.verify(tooLong.request()));
    equal(asked.get(), 1);
  }

  private static void bodyLast() throws Exception {
    InputStream untouchable =
        new InputStream() {
          @Override
          public int read() {
            throw new AssertionError("the body was read");
          }
        };
    Verifier verifier = policy().build();
    List<Field> fields = Signing.SOUND.fields();
    refused(
        Code.INVALID_SIGNATURE,
        () -> verifier.verify(new Request("POST", "/transfers?memo=other", fields, untouchable)));
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 'x';
          }
        };
    refused(
        Code.BODY_TOO_LARGE,
        () -> verifier.verify(new Request("POST", "/transfers?memo=rent", fields, endless)));
  }

  private static void altered() throws Exception {
    Verifier verifier = policy().build();
    List<Field> fields = Signing.SOUND.fields();
    byte[] other = "{\"to\":\"eve\"}".getBytes(StandardCharsets.UTF_8);
    refused(
        Code.DIGEST_MISMATCH,
        () -> verifier.verify(new Request("POST", "/transfers?memo=rent", fields, other)));
    equal(verifier.verify(Signing.SOUND.request()).principal(), "alice");
  }

  private static void claims() throws Exception {
    List<Claim> seen = new ArrayList<>();
    Store store =
        claim -> {
          seen.add(claim);
          return Answer.ACCEPTED;
        };
    Signing expiring = Signing.SOUND.more(";expires=" + (NOW + 30));
    policy().store(store).build().verify(Signing.SOUND.request());
    Builder wider = policy().store(store).scope("a").earlierFutureSkew(Duration.ofSeconds(25));
    wider.build().verify(expiring.request());
    equal(seen.get(0), new Claim(seen.get(0).key(), "alice", NOW, NOW + 60, NOW, 10));
    equal(seen.get(1), new Claim(seen.get(1).key(), "alice", NOW, NOW + 30, NOW, 25));
    // The key of a claim tells scope, principal and nonce apart, wherever one ends.
    Key lice = Key.hmac(SECRET, "lice");
    Builder other = policyWithoutKeys().store(store).key("alice-laptop", lice).scope("aa");
    other.build().verify(Signing.SOUND.request());
    equal(seen.stream().map(Claim::key).distinct().count(), 3L);
  }

  private static void noMessage() throws Exception {
    Verifier verifier = policy().build();
    Request sound = Signing.SOUND.request();
    byte[] body = BODY.getBytes(StandardCharsets.UTF_8);
    for (String method : List.of("", "PO ST", "POST\n", "P\u00d6ST")) {
      Request request = new Request(method, sound.target(), sound.headers(), body);
      refused(Code.MALFORMED_MESSAGE, () -> verifier.verify(request));
    }
    for (String target : List.of("", "*", "transfers", "a.example:443", "/a#b", "https://b@c/d")) {
      Request request = new Request("POST", target, sound.headers(), body);
      refused(Code.MALFORMED_MESSAGE, () -> verifier.verify(request));
    }
    for (String length : List.of("", "-1", "+1", "0x1", "1,1", "\u0661")) {
      List<Field> fields = new ArrayList<>(sound.headers());
      fields.set(1, new Field("Content-Length", length));
      Request request = new Request("POST", sound.target(), fields, body);
      refused(Code.MALFORMED_MESSAGE, () -> verifier.verify(request));
    }
  }

  private static void noBase() throws Exception {
    equal(base("(\"x\";bs;tr)"), "\"x\";bs;tr: :YQ==:\n\"@signature-params\": (\"x\";bs;tr)");
    refused(Code.DUPLICATE_COMPONENT, () -> base("(\"x\";bs;tr \"x\";tr;bs)"));
    refused(Code.INVALID_COMPONENT, () -> base("(\"X\";tr)"));
    refused(Code.MALFORMED_COMPONENT, () -> base("(\"@path\")")); // a space at its end
    refused(Code.MALFORMED_COMPONENT, () -> base("(\"line-feed\";bs;tr)"));
    refused(Code.MALFORMED_COMPONENT, () -> base("(\"no-byte\";bs;tr)"));
    var created = ((InnerList) Countersign.parseList("();created=-1").get(0));
    var signature = new Countersign.UnverifiedSignature("sig", created, new byte[0]);
    refused(
        Code.MALFORMED_PARAMETER,
        () -> {
          Countersign.checkParameters(signature);
          return "a time before 1970";
        });
  }

  private static String base(String components) throws RefusedException {
    var line = RequestLine.of("GET", Origin.of("https://bank.example"), "/a ");
    var trailers =
        Fields.of(
            List.of(
                new Field("X", "a"),
                new Field("Line-Feed", "a\nb"),
                new Field("No-Byte", "\u0141")));
    var message = new Countersign.Message(line, Fields.NONE, trailers, Map.of());
    InnerList covered = (InnerList) Countersign.parseList(components).get(0);
    return Countersign.signatureBase(message, covered);
  }

  private static void mistakes() throws Exception {
    Key key = Key.hmac(SECRET, null);
    Store store = MemoryStore.startsFresh(1);
    mistaken("no keys", () -> Verifier.builder().origin("https://a.example").store(store).build());
    mistaken("no origin", () -> Verifier.builder().key("a", key).store(store).build());
    mistaken("no store", () -> policy().store(null).build());
    mistaken("two ways to keys", () -> policy().key("a", key).keys(keyId -> key).build());
    mistaken("one keyid twice", () -> policy().key("alice-laptop", key));
    mistaken("no scheme", () -> policy().origin("bank.example"));
    mistaken("a path", () -> policy().origin("https://bank.example/api"));
    mistaken("a user", () -> policy().origin("https://alice@bank.example"));
    mistaken("no component", () -> policy().require("\"\"\""));
    mistaken("time before now", () -> policy().maxAge(Duration.ofSeconds(-1)));
    mistaken("a negative length", () -> policy().maxBodyBytes(-1));
  }

  private static void builderIsCopied() throws Exception {
    Builder builder = policy();
    Verifier verifier = builder.build();
    builder.tag("other").require("x-other").maxAge(Duration.ZERO).clock(at(0)).scope("other");
    equal(verifier.verify(Signing.SOUND.request()).principal(), "alice");
  }

  private static void weakKeys() throws Exception {
    mistaken("a secret of 31 bytes", () -> Key.hmac(new byte[31], null));
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    ECPublicKey p256 = (ECPublicKey) generator.generateKeyPair().getPublic();
    equal(Key.of(Algorithm.of("ecdsa-p256-sha256"), p256, null).algorithm().ordinal(), 2);
    mistaken("P-256 for P-384", () -> Key.of(Algorithm.ECDSA_P384_SHA384, p256, null));
    mistaken("a public key for HMAC", () -> Key.of(Algorithm.HMAC_SHA256, p256, null));
    mistaken("EC for RSA", () -> Key.of(Algorithm.RSA_PSS_SHA512, p256, null));
    mistaken("EC for Ed25519", () -> Key.of(Algorithm.ED25519, p256, null));
    ECPoint point = p256.getW();
    ECPoint beside = new ECPoint(point.getAffineX(), point.getAffineY().add(BigInteger.ONE));
    PublicKey off = ecKey(p256, beside);
    mistaken("beside the curve", () -> Key.of(Algorithm.ECDSA_P256_SHA256, off, null));
    weakRsaKeys();
    weakEd25519Keys();
  }

  private static void weakRsaKeys() throws Exception {
    BigInteger modulus = BigInteger.TWO.pow(2047).add(BigInteger.ONE);
    PublicKey small = rsaKey(modulus.shiftRight(1), 3);
    PublicKey even = rsaKey(modulus, 65_536);
    for (Algorithm algorithm : List.of(Algorithm.RSA_PSS_SHA512, Algorithm.RSA_V1_5_SHA256)) {
      equal(Key.of(algorithm, rsaKey(modulus, 3), null).algorithm(), algorithm);
      mistaken("2047 bits", () -> Key.of(algorithm, small, null));
      mistaken("an even exponent", () -> Key.of(algorithm, even, null));
    }
  }

  private static void weakEd25519Keys() throws Exception {
    // RFC 8032 5.1.3: both encodings of the points of order 1, 2, 4 and 8.
    String p = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
    String order8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05";
    String minusOrder8 = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a";
    String zeros = "00".repeat(31);
    List<String> small =
        List.of("00" + zeros, "01" + zeros, "ec" + p, "ed" + p, "ee" + p, order8, minusOrder8);
    for (String low : small) {
      byte[] point = HexFormat.of().parseHex(low);
      mistaken(low, () -> Key.of(Algorithm.ED25519, ed25519Key(point), null));
      point[31] |= (byte) 0x80; // the other sign of x
      mistaken(low + ", negative", () -> Key.of(Algorithm.ED25519, ed25519Key(point), null));
    }
    String ofRfc9421 = "26b40b8f93fff3d897112f7ebc582b232dbd72517d082fe83cfb30ddce43d1bb";
    byte[] sound = HexFormat.of().parseHex(ofRfc9421);
    equal(Key.of(Algorithm.ED25519, ed25519Key(sound), "bob").toString(), "Key[ed25519, bob]");
    equal(Key.hmac(SECRET, "alice").toString(), "Key[hmac-sha256, alice]");
  }

  private static PublicKey ecKey(ECPublicKey key, ECPoint point) throws Exception {
    return KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(point, key.getParams()));
  }

  private static PublicKey rsaKey(BigInteger modulus, long exponent) throws Exception {
    RSAPublicKeySpec spec = new RSAPublicKeySpec(modulus, BigInteger.valueOf(exponent));
    return KeyFactory.getInstance("RSA").generatePublic(spec);
  }

  private static PublicKey ed25519Key(byte[] point) throws Exception {
    String prefix = "302a300506032b6570032100";
    byte[] encoded = HexFormat.of().parseHex(prefix + HexFormat.of().formatHex(point));
    return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
  }

  private static void problems() {
    var unknown = new RefusedException(Code.UNKNOWN_KEY).problem(NOW);
    equal(unknown, new RefusedException(Code.INVALID_SIGNATURE).problem(NOW));
    equal(unknown, new RefusedException(Code.DIGEST_MISMATCH, "sha-256").problem(NOW));
    equal(unknown.status(), 401);
    var stale = new RefusedException(Code.STALE).problem(NOW);
    equal(
        stale.body(),
        "{\"type\":\"urn:countersign:problem:stale\",\"title\":\"The signature is too old, or from"
            + " the future: check the clock and sign anew\",\"status\":401,\"code\":\"stale\","
            + "\"serverTime\":1700000000}");
    var starting = new RefusedException(Code.REPLAY_STORE_STARTING, 11).problem(NOW);
    equal(starting.status(), 503);
    equal(starting.fields().contains(new Field("Retry-After", "11")), true);
    equal(new RefusedException(Code.LIMIT_EXCEEDED).problem(NOW).status(), 431);
    equal(new RefusedException(Code.BODY_TOO_LARGE).problem(NOW).status(), 413);
  }

  // ---- The store --------------------------------------------------------------------------------

  /** A claim of a message that lives {@code life} seconds. */
  private static Claim claim(String key, long created, long now, long life) {
    return new Claim(key, "alice", created, created + life, now, 10);
  }

  private static void storeFloor() throws Exception {
    MemoryStore store = MemoryStore.startsFresh(100);
    equal(store.claim(claim("old", NOW, NOW, 60)), Answer.ACCEPTED);
    // A nonce is looked up whatever `created` it comes with.
    equal(store.claim(claim("old", NOW + 9, NOW, 60)), Answer.REPLAYED);
    equal(store.claim(claim("new", NOW + 100, NOW + 100, 60)), Answer.ACCEPTED);
    // What was forgotten is stale, in a longer window too, and when the clock is set back.
    equal(store.claim(claim("old", NOW, NOW + 100, 600)), Answer.STALE);
    equal(store.claim(claim("old", NOW, NOW, 60)), Answer.STALE);
    equal(store.claim(claim("new", NOW + 100, NOW + 100, 60)), Answer.REPLAYED);
  }

  /** Where a longer window shares the store, a shorter one does not close it. */
  private static void storeLives() throws Exception {
    MemoryStore store = MemoryStore.startsFresh(100);
    equal(store.claim(claim("long", NOW, NOW, 600)), Answer.ACCEPTED);
    equal(store.claim(claim("short", NOW + 100, NOW + 100, 60)), Answer.ACCEPTED);
    equal(store.claim(claim("long", NOW, NOW + 100, 600)), Answer.REPLAYED);
    equal(store.claim(claim("another", NOW, NOW + 100, 600)), Answer.ACCEPTED);
  }

  private static void storeWindow() throws Exception {
    MemoryStore store = MemoryStore.startsFresh(100);
    equal(store.claim(claim("late", NOW, NOW + 61, 60)), Answer.STALE);
    equal(store.claim(claim("early", NOW + 11, NOW, 60)), Answer.STALE);
    equal(store.claim(claim("last second", NOW, NOW + 60, 60)), Answer.ACCEPTED);
    equal(store.claim(claim("first second", NOW + 70, NOW + 60, 60)), Answer.ACCEPTED);
  }

  private static void storeStart() throws Exception {
    MemoryStore store = new MemoryStore(CLOCK, 100);
    refused(Code.REPLAY_STORE_STARTING, () -> store.claim(claim("n", NOW + 10, NOW, 60)));
    equal(store.claim(claim("n", NOW + 11, NOW + 1, 60)), Answer.ACCEPTED);
  }

  private static void storeFull() throws Exception {
    MemoryStore store = MemoryStore.startsFresh(2);
    equal(store.claim(claim("a", NOW, NOW, 60)), Answer.ACCEPTED);
    equal(store.claim(claim("b", NOW, NOW, 60)), Answer.ACCEPTED);
    refused(Code.REPLAY_STORE_FULL, () -> store.claim(claim("c", NOW, NOW, 60)));
    equal(store.claim(claim("a", NOW, NOW, 60)), Answer.REPLAYED);
    equal(store.claim(claim("d", NOW + 61, NOW + 61, 60)), Answer.ACCEPTED);
  }

  private static void storeThreads() throws Exception {
    MemoryStore store = MemoryStore.startsFresh(1_000_000);
    int keys = 20_000;
    AtomicLong accepted = new AtomicLong();
    Callable<Void> claims =
        () -> {
          for (int i = 0; i < keys; i++) {
            Answer answer = store.claim(claim("n" + i, NOW, NOW, 60));
            if (answer == Answer.ACCEPTED) accepted.incrementAndGet();
          }
          return null;
        };
    inParallel(8, claims);
    equal(accepted.get(), (long) keys);
  }

  private static <T> List<T> inParallel(int copies, Callable<T> action) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(copies);
    try {
      List<T> results = new ArrayList<>();
      for (Future<T> one : threads.invokeAll(Collections.nCopies(copies, action))) {
        results.add(one.get());
      }
      return results;
    } finally {
      threads.shutdown();
    }
  }

  private static void linearTime() {
    int length = 1_000_000; // a hundred times what the limits let through
    long start = System.nanoTime();
    for (String text :
        List.of(
            "a".repeat(length),
            "a=(" + " ".repeat(length),
            "a=\"" + "\\\\".repeat(length / 2),
            "a" + ";a".repeat(length / 2),
            "a=:" + "A".repeat(length),
            "a=%\"" + "%c3".repeat(length / 3),
            "a" + " ".repeat(length) + "b")) {
      try {
        Countersign.parseDictionary(text, Duplicates.LAST_WINS);
      } catch (RefusedException refusal) {
        equal(refusal.code(), Code.MALFORMED_STRUCTURED_FIELD);
      }
    }
    String folded = "a" + " ".repeat(length) + "b" + "\n ".repeat(length);
    equal(Fields.of(List.of(new Field("A", folded))).has("a"), true);
    long seconds = (System.nanoTime() - start) / 1_000_000_000;
    if (seconds > 10) throw new AssertionError(seconds + " s"); // quadratic time would be hours
  }

  // ---- com.sun.net.httpserver -------------------------------------------------------------------

  private interface Use {
    void with(int port, List<Verified> handled) throws Exception;
  }

  private static void serving(Builder policy, Use use) throws Exception {
    List<Verified> handled = Collections.synchronizedList(new ArrayList<>());
    ExecutorService threads = Executors.newCachedThreadPool();
    InetSocketAddress free = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    HttpServer server = HttpServer.create(free, 100);
    server.setExecutor(threads);
    server.createContext(
        "/",
        Countersign.protect(
            policy.build(),
            (exchange, verified) -> {
              handled.add(verified);
              byte[] body = exchange.getRequestBody().readAllBytes();
              exchange.sendResponseHeaders(200, body.length);
              exchange.getResponseBody().write(body);
              exchange.close();
            }));
    server.start();
    try {
      use.with(server.getAddress().getPort(), handled);
    } finally {
      server.stop(0);
      threads.shutdownNow();
    }
  }

  /** Status line, fields and body of the answer to a request as it is written here. */
  private static String send(int port, String line, List<Field> fields, String body)
      throws Exception {
    StringBuilder text = new StringBuilder(line + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
    fields.forEach(field -> text.append(field.name() + ": " + field.value() + "\r\n"));
    text.append("\r\n").append(body);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(text.toString().getBytes(StandardCharsets.ISO_8859_1));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private static void expect(String answer, int status, String kind) {
    boolean isStatus = answer.startsWith("HTTP/1.1 " + status + " ");
    if (!isStatus || !answer.contains("\"code\":\"" + kind + "\"")) {
      throw new AssertionError("instead of " + status + " " + kind + ": " + answer);
    }
  }

  private static void expectAccepted(String answer) {
    if (!answer.startsWith("HTTP/1.1 200 ")) throw new AssertionError(answer);
  }

  private static void serverCopies() throws Exception {
    serving(
        policy(),
        (port, handled) -> {
          List<Field> fields = Signing.SOUND.fields();
          Callable<String> copy = () -> send(port, "POST /transfers?memo=rent", fields, BODY);
          List<String> answers = inParallel(50, copy);
          equal(answers.stream().filter(text -> text.startsWith("HTTP/1.1 200 ")).count(), 1L);
          equal(handled.size(), 1);
          equal(handled.get(0).principal(), "alice");
        });
  }

  private static void serverTargets() throws Exception {
    serving(
        policy(),
        (port, handled) -> {
          for (String target : List.of("/a%2fb/../%7Ec;x?d=%20e+f", "/", "/?", "/a//b?q=?")) {
            Signing signing = Signing.SOUND.target(target).nonce(NONCE + handled.size());
            String answer = send(port, "POST " + target, signing.fields(), BODY);
            expectAccepted(answer);
          }
          Signing absolute = Signing.SOUND.target("/a?b").nonce(NONCE + "-absolute");
          String answer = send(port, "POST https://Bank.Example:443/a?b", absolute.fields(), BODY);
          expectAccepted(answer);
          equal(handled.size(), 5);
          Signing slashes = Signing.SOUND.target("//a/b").nonce(NONCE + "-slashes");
          expect(send(port, "POST //a/b", slashes.fields(), BODY), 401, "malformed");
          String other = "POST http://other.example/a?b";
          expect(send(port, other, absolute.fields(), BODY), 401, "malformed");
          List<Field> lowerCase = Signing.SOUND.target("/a%2fb").fields();
          expect(send(port, "POST /a%2Fb", lowerCase, BODY), 401, "invalid");
          equal(handled.size(), 5);
        });
  }

  private static void serverProblems() throws Exception {
    serving(
        policy().maxBodyBytes(100),
        (port, handled) -> {
          String line = "POST /transfers?memo=rent";
          List<Field> fields = Signing.SOUND.fields();
          expect(send(port, line, List.of(), ""), 401, "missing");
          expect(send(port, "PUT /transfers?memo=rent", fields, BODY), 401, "invalid");
          expect(send(port, line, fields, BODY.replace("bob", "eve")), 401, "invalid");
          expect(send(port, line, fields, BODY.substring(1)), 401, "malformed");
          List<Field> twice = with(fields, "Content-Type", "a/b");
          expect(send(port, line, twice, BODY), 401, "malformed");
          List<Field> uncovered = with(fields, "Authorization", "Bearer x");
          expect(send(port, line, uncovered, BODY), 401, "insufficient");
          List<Field> large = with(fields, "Signature", "a".repeat(9000));
          expect(send(port, line, large, BODY), 431, "too-large");
          List<Field> chunked = new ArrayList<>(fields);
          chunked.removeIf(field -> field.name().equals("Content-Length"));
          chunked.add(new Field("Transfer-Encoding", "chunked"));
          String chunk = "c8\r\n" + "x".repeat(200) + "\r\n0\r\n\r\n";
          expect(send(port, line, chunked, chunk), 413, "too-large");
          String head = send(port, "HEAD /", List.of(), "");
          equal(head.startsWith("HTTP/1.1 401 ") && head.endsWith("\r\n\r\n"), true);
          equal(handled.size(), 0);
          expectAccepted(send(port, line, fields, BODY));
        });
  }

  private static List<Field> with(List<Field> fields, String name, String value) {
    List<Field> more = new ArrayList<>(fields);
    more.add(new Field(name, value));
    return more;
  }

  private static void serverBody() throws Exception {
    serving(
        policy(),
        (port, handled) -> {
          List<Field> chunked = new ArrayList<>(Signing.SOUND.fields());
          chunked.removeIf(field -> field.name().equals("Content-Length"));
          chunked.add(new Field("Transfer-Encoding", "chunked"));
          String chunks = "4\r\n%s\r\n8\r\n%s\r\n0\r\n\r\n";
          String body = chunks.formatted(BODY.substring(0, 4), BODY.substring(4));
          String answer = send(port, "POST /transfers?memo=rent", chunked, body);
          equal(answer.substring(answer.indexOf("\r\n\r\n") + 4), BODY);
          equal(new String(handled.get(0).body(), StandardCharsets.UTF_8), BODY);
        });
  }
}
