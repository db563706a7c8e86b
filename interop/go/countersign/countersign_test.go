package countersign

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// What the vectors cannot show: net/http, goroutines, and the store by itself.

const now = 1_700_000_000

var (
	secret = []byte("32 bytes of a secret for tests!!")
	body   = `{"to":"bob"}`
	clock  = func() time.Time { return time.Unix(now, 0) }
)

type signing struct{ method, path, query, nonce, covered, body, keyID, more string }

// sign makes the fields of a request with nothing but the standard library and RFC 9421 2.5.
func sign(t *testing.T, r *http.Request, s signing) {
	t.Helper()
	sum := sha256.Sum256([]byte(s.body))
	digest := "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
	if s.covered == "" {
		s.covered = `("@method" "@authority" "@path" "@query" "content-digest" "content-type")`
	}
	values := map[string]string{
		`"@method"`: s.method, `"@authority"`: "bank.example", `"@path"`: s.path, `"@query"`: "?" + s.query,
		`"content-digest"`: digest, `"content-type"`: "application/json",
	}
	if s.keyID == "" {
		s.keyID = "alice-laptop"
	}
	input := fmt.Sprintf(`%s;created=%d;nonce="%s";keyid="%s"%s`, s.covered, now, s.nonce, s.keyID, s.more)
	var base strings.Builder
	for _, name := range strings.Fields(strings.Trim(s.covered, "()")) {
		base.WriteString(name + ": " + values[name] + "\n")
	}
	base.WriteString(`"@signature-params": ` + input)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(base.String()))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Content-Digest", digest)
	r.Header.Set("Signature-Input", "sig="+input)
	r.Header.Set("Signature", "sig=:"+base64.StdEncoding.EncodeToString(mac.Sum(nil))+":")
}

func transfer(t *testing.T, nonce string) *http.Request {
	return transferWith(t, signing{nonce: nonce})
}

func transferWith(t *testing.T, s signing) *http.Request {
	r := httptest.NewRequest("POST", "/transfers?memo=rent", strings.NewReader(body))
	s.method, s.path, s.query, s.body = "POST", "/transfers", "memo=rent", body
	sign(t, r, s)
	return r
}

func newTestVerifier(t *testing.T, change func(*Options)) *Verifier {
	t.Helper()
	key, err := HMACKey(secret, "alice")
	if err != nil {
		t.Fatal(err)
	}
	options := Options{
		Keys: map[string]*Key{"alice-laptop": key}, Origin: "https://bank.example",
		Store: NewMemoryStore(MemoryStoreOptions{StartsFresh: true}), Clock: clock,
	}
	if change != nil {
		change(&options)
	}
	verifier, err := NewVerifier(options)
	if err != nil {
		t.Fatal(err)
	}
	return verifier
}

func codeOf(err error) Code {
	var refusal *SignatureError
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return ""
}

func TestARequestIsAcceptedOnce(t *testing.T) {
	verifier := newTestVerifier(t, nil)
	request := transfer(t, "nonce-of-16-chars")
	verified, err := verifier.Verify(request)
	if err != nil || verified.Principal != "alice" || string(verified.Body) != body {
		t.Fatalf("%+v, %v", verified, err)
	}
	if again, _ := io.ReadAll(request.Body); string(again) != body {
		t.Errorf("the handler reads %q", again)
	}
	if _, err := verifier.Verify(transfer(t, "nonce-of-16-chars")); codeOf(err) != "replayed" {
		t.Errorf("the second time: %v", err)
	}
}

func TestCopiesAtOnceOverSocketsRunTheHandlerOnce(t *testing.T) {
	var ran sync.Map
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { ran.Store(r, VerifiedOf(r).Principal) })
	server := httptest.NewServer(newTestVerifier(t, nil).Middleware(handler))
	defer server.Close()
	template := transfer(t, "nonce-of-16-chars")
	var copies sync.WaitGroup
	for range 50 {
		copies.Add(1)
		go func() {
			defer copies.Done()
			r, _ := http.NewRequest("POST", server.URL+"/transfers?memo=rent", strings.NewReader(body))
			r.Header, r.Close = template.Header.Clone(), true
			if response, err := http.DefaultClient.Do(r); err == nil {
				response.Body.Close()
			}
		}()
	}
	copies.Wait()
	runs := 0
	ran.Range(func(_, principal any) bool { runs++; return principal == "alice" })
	if runs != 1 {
		t.Errorf("the handler ran %d times", runs)
	}
}

func TestARefusalIsAProblemAndTheHandlerDoesNotRun(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*http.Request)
		status int
		code   string
	}{
		"not signed":        {func(r *http.Request) { r.Header = http.Header{} }, 401, "missing"},
		"altered path":      {func(r *http.Request) { r.RequestURI = "/transfers/2?memo=rent" }, 401, "invalid"},
		"altered query":     {func(r *http.Request) { r.RequestURI = "/transfers?memo=rent&to=eve" }, 401, "invalid"},
		"altered method":    {func(r *http.Request) { r.Method = "PUT" }, 401, "invalid"},
		"altered body":      {func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("{}")) }, 401, "invalid"},
		"for another host":  {func(r *http.Request) { r.RequestURI = "http://other.example/transfers?memo=rent" }, 401, "malformed"},
		"no length":         {func(r *http.Request) { r.Header.Set("Content-Length", "x") }, 401, "malformed"},
		"type twice":        {func(r *http.Request) { r.Header.Add("Content-Type", "text/plain") }, 401, "malformed"},
		"credentials added": {func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, 401, "insufficient"},
		"endless body":      {func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(zeros{}), -1 }, 413, "too-large"},
		"too many fields":   {func(r *http.Request) { r.Header.Set("Signature", strings.Repeat("a", 9000)) }, 431, "too-large"},
	} {
		t.Run(name, func(t *testing.T) {
			handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler ran") })
			request, answer := transfer(t, "nonce-of-16-chars"), httptest.NewRecorder()
			c.change(request)
			newTestVerifier(t, nil).Middleware(handler).ServeHTTP(answer, request)
			var problem struct{ Code string }
			if err := json.Unmarshal(answer.Body.Bytes(), &problem); err != nil {
				t.Fatal(err)
			}
			if answer.Code != c.status || problem.Code != c.code {
				t.Errorf("%d %s", answer.Code, problem.Code)
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestWhatFailsLetsNothingIn(t *testing.T) {
	for code, change := range map[Code]func(*Options){
		"replay_store_unavailable": func(o *Options) { o.Store = failing{} },
		"replay_store_starting":    func(o *Options) { o.Store = NewMemoryStore(MemoryStoreOptions{Clock: clock}) },
		"key_unavailable": func(o *Options) {
			o.Keys, o.FindKey = nil, func(context.Context, string) (*Key, error) { return nil, io.EOF }
		},
	} {
		_, err := newTestVerifier(t, change).Verify(transfer(t, "nonce-of-16-chars"))
		if codeOf(err) != code {
			t.Errorf("%s: %v", code, err)
		}
	}
}

func TestCodesTellWhichEdgeOfTheWindowWasPassed(t *testing.T) {
	expiring := fmt.Sprintf(";expires=%d", now+30)
	for _, c := range []struct {
		age  int64
		more string
		code Code
	}{
		{-11, "", "not_yet_valid"}, {-10, "", ""}, {60, "", ""}, {61, "", "stale"},
		{30, expiring, ""}, {31, expiring, "expired"},
	} {
		verifier := newTestVerifier(t, func(o *Options) {
			o.Clock = func() time.Time { return time.Unix(now+c.age, 0) }
		})
		_, err := verifier.Verify(transferWith(t, signing{nonce: "nonce-of-16-chars", more: c.more}))
		if codeOf(err) != c.code {
			t.Errorf("%d s old%s: %v", c.age, c.more, err)
		}
	}
}

func TestALongKeyIDIsNotEvenLookedUp(t *testing.T) {
	asked := 0
	verifier := newTestVerifier(t, func(o *Options) {
		o.Keys, o.FindKey = nil, func(context.Context, string) (*Key, error) { asked++; return nil, nil }
	})
	for length, code := range map[int]Code{256: "unknown_key", 257: "malformed_parameter"} {
		long := signing{nonce: "nonce-of-16-chars", keyID: strings.Repeat("k", length)}
		if _, err := verifier.Verify(transferWith(t, long)); codeOf(err) != code {
			t.Errorf("%d characters: %v", length, err)
		}
	}
	if asked != 1 {
		t.Errorf("looked up %d times", asked)
	}
}

type failing struct{}

func (failing) Claim(context.Context, Claim) (Answer, error) { return 0, nil }

func TestMistakesAreFoundWhenAVerifierIsMade(t *testing.T) {
	key, _ := HMACKey(secret, "")
	keys, store := map[string]*Key{"a": key}, NewMemoryStore(MemoryStoreOptions{})
	for name, options := range map[string]Options{
		"no store":       {Keys: keys, Origin: "https://bank.example"},
		"no keys":        {Store: store, Origin: "https://bank.example"},
		"no origin":      {Keys: keys, Store: store},
		"no scheme":      {Keys: keys, Store: store, Origin: "bank.example"},
		"not an origin":  {Keys: keys, Store: store, Origin: "https://bank.example/api"},
		"not components": {Keys: keys, Store: store, Origin: "https://bank.example", RequiredComponents: []string{`"`}},
	} {
		if _, err := NewVerifier(options); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := HMACKey(secret[:31], ""); err == nil {
		t.Error("a short secret was accepted")
	}
}

func TestMemoryStore(t *testing.T) {
	claim := func(nonce string, created, at, life int64) Claim {
		return Claim{sha256.Sum256([]byte(nonce)), created, created + life, at, 10}
	}
	play := func(store *MemoryStore, claims []Claim, expected ...Answer) {
		t.Helper()
		for i, c := range claims {
			if answer, err := store.Claim(context.Background(), c); answer != expected[i] || (err != nil) != (answer == 0) {
				t.Errorf("claim %d: %d, %v", i, answer, err)
			}
		}
	}
	fresh := func(maxEntries int) *MemoryStore {
		return NewMemoryStore(MemoryStoreOptions{StartsFresh: true, MaxEntries: maxEntries})
	}
	// A nonce is looked up whatever created it comes with.
	play(fresh(0), []Claim{claim("n", now, now, 60), claim("n", now+9, now, 60)}, Accepted, Replayed)
	// What was forgotten is stale, in a longer window too, and when the clock is set back.
	play(fresh(0), []Claim{
		claim("old", now, now, 60), claim("new", now+100, now+100, 60),
		claim("old", now, now+100, 600), claim("old", now, now, 60),
	}, Accepted, Accepted, Stale, Stale)
	// The window is looked at again.
	play(fresh(0), []Claim{
		claim("a", now, now+61, 60), claim("b", now+11, now, 60), claim("c", now, now+60, 60),
	}, Stale, Stale, Accepted)
	// A store without a history refuses what could have been accepted before.
	play(NewMemoryStore(MemoryStoreOptions{Clock: clock}), []Claim{
		claim("n", now+10, now, 60), claim("n", now+11, now+1, 60),
	}, 0, Accepted)
	// Nothing is evicted; what is too old makes room.
	play(fresh(2), []Claim{
		claim("a", now, now, 60), claim("b", now, now, 60), claim("c", now, now, 60),
		claim("a", now, now, 60), claim("d", now+61, now+61, 60),
	}, Accepted, Accepted, 0, Replayed, Accepted)
}

func TestParsingCostsLinearTime(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("a", 8000), "a=(" + strings.Repeat(" ", 8000), `a="` + strings.Repeat(`\\`, 4000),
		"a" + strings.Repeat(";a", 4000), "a=:" + strings.Repeat("A", 8000), `a=%"` + strings.Repeat("%c3", 2600),
	} {
		if members, err := ParseField(text, DictionaryField); err == nil && len(members) != 1 {
			t.Errorf("%.10s: %d members", text, len(members))
		}
	}
}
