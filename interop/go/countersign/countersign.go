// Package countersign verifies signed HTTP requests, and lets each of them in once.
// One file, standard library only: copy it.
//
// It is the server side of HTTP Message Signatures (RFC 9421) with Content-Digest (RFC 9530) and
// Structured Fields (RFC 9651), for the Countersign profile: what it accepts was signed as a whole
// (method, host, path, query, body), is at most a minute old, and was not accepted before.
//
//	key, err := countersign.HMACKey(secret, "alice")
//	verifier, err := countersign.NewVerifier(countersign.Options{
//		Keys:   map[string]*countersign.Key{"alice-laptop": key},
//		Origin: "https://bank.example", // what clients call this server
//		Store:  countersign.NewMemoryStore(countersign.MemoryStoreOptions{}),
//	})
//	http.ListenAndServe(addr, verifier.Middleware(mux))
//
// Put the middleware outside of whatever rewrites paths or reads bodies. MemoryStore serves one
// process; for several, bring a Store of your own. Left out: signing, Accept-Signature, and a cap
// on the nonces of one principal.
package countersign

import (
	"bytes"
	"container/heap"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"net/http"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// ---- Refusals -----------------------------------------------------------------------------------

// Code says which rule refused a message, for logs and metrics.
type Code string

type kind struct {
	status int
	title  string
}

// kinds is what a client is told. It is coarse on purpose.
var kinds = map[string]kind{
	"missing":      {401, "The request is not signed: send Signature-Input and Signature (RFC 9421)"},
	"malformed":    {401, "The signature fields cannot be read, or do not fit the request"},
	"insufficient": {401, "The signature is not enough: see the profile of this API"},
	"stale":        {401, "The signature is too old, or from the future: check the clock, sign anew"},
	"invalid":      {401, "The signature is not valid for this request"},
	"replayed":     {401, "This signed request was accepted before: sign each attempt anew"},
	"too-large":    {413, "The request is larger than this server accepts"},
	"unavailable":  {503, "Nobody can tell now if the request is new. Nothing was executed"},
}

type rule struct{ kind, text string }

var rules = map[Code]rule{
	"missing_signature":          {"missing", "the message is not signed"},
	"malformed_structured_field": {"malformed", "not a structured field of the expected type"},
	"malformed_signature_input":  {"malformed", "Signature-Input is no Dictionary of components"},
	"malformed_signature":        {"malformed", "Signature is no Dictionary of Byte Sequences"},
	"malformed_parameter":        {"malformed", "a signature parameter has a wrong type or value"},
	"malformed_digest":           {"malformed", "Content-Digest is no Dictionary of digests"},
	"malformed_component":        {"malformed", "a component's value cannot be canonicalized"},
	"malformed_message":          {"malformed", "the message is ambiguous or cannot be represented"},
	"duplicate_label":            {"malformed", "two signatures have the same label"},
	"label_mismatch":             {"malformed", "Signature-Input and Signature have not the same labels"},
	"invalid_component":          {"malformed", "a component is unknown or has unfit parameters"},
	"duplicate_component":        {"malformed", "a component is covered twice"},
	"missing_component":          {"malformed", "a covered component is not in the message"},
	"body_unreadable":            {"malformed", "the body ended before it was complete"},
	"no_matching_signature":      {"insufficient", "no signature has the required tag"},
	"component_not_covered":      {"insufficient", "a required component is not covered"},
	"missing_parameter":          {"insufficient", "a required signature parameter is absent"},
	"missing_digest":             {"insufficient", "no covered Content-Digest protects the body"},
	"unsupported_digest":         {"insufficient", "the digest is neither sha-256 nor sha-512"},
	"stale":                      {"stale", "the signature is older than is accepted"},
	"expired":                    {"stale", "the signature is past its expires parameter"},
	"not_yet_valid":              {"stale", "the signature was created in the future"},
	"unknown_key":                {"invalid", "no key is known by this keyid"},
	"algorithm_mismatch":         {"invalid", "alg is not the algorithm of the key"},
	"invalid_signature":          {"invalid", "the signature does not verify"},
	"digest_mismatch":            {"invalid", "the content does not have the stated digest"},
	"replayed":                   {"replayed", "this signed message was accepted before"},
	"limit_exceeded":             {"too-large", "the signature fields are larger than is accepted"},
	"body_too_large":             {"too-large", "the body is larger than is accepted"},
	"key_unavailable":            {"unavailable", "the key could not be looked up"},
	"replay_store_unavailable":   {"unavailable", "the replay store did not answer"},
	"replay_store_starting":      {"unavailable", "the replay store was just started"},
	"replay_store_full":          {"unavailable", "the replay store has no room for another nonce"},
}

// SignatureError is a message that must not be accepted. Neither its code nor its text ever holds
// a secret, a nonce, a signature or a body.
type SignatureError struct {
	Code       Code
	Detail     string
	RetryAfter time.Duration // where it is known when a new attempt makes sense
	cause      error
}

func refuse(code Code, detail string) *SignatureError {
	return &SignatureError{Code: code, Detail: detail}
}

// Error states the rule that refused the message.
func (e *SignatureError) Error() string {
	if e.Detail == "" {
		return rules[e.Code].text
	}
	return rules[e.Code].text + ": " + e.Detail
}

// Unwrap returns the error that led to this one.
func (e *SignatureError) Unwrap() error { return e.cause }

// Kind is what a client is told: an unknown key, a bad signature and a wrong digest are one kind.
func (e *SignatureError) Kind() string { return rules[e.Code].kind }

// Status is the HTTP status. Too long signature fields are a 431 (RFC 6585 section 5).
func (e *SignatureError) Status() int {
	if e.Code == "limit_exceeded" {
		return http.StatusRequestHeaderFieldsTooLarge
	}
	return kinds[e.Kind()].status
}

// writeProblem answers with problem details (RFC 9457).
func (e *SignatureError) writeProblem(w http.ResponseWriter, now int64) {
	details := struct {
		Type       string `json:"type"`
		Title      string `json:"title"`
		Status     int    `json:"status"`
		Code       string `json:"code"`
		ServerTime int64  `json:"serverTime,omitempty"`
	}{"urn:countersign:problem:" + e.Kind(), kinds[e.Kind()].title, e.Status(), e.Kind(), 0}
	if e.Kind() == "stale" {
		details.ServerTime = now
	}
	header := w.Header()
	header.Set("Content-Type", "application/problem+json")
	header.Set("Cache-Control", "no-store")
	switch e.Status() {
	case http.StatusUnauthorized: // RFC 9110 section 15.5.2 asks for a challenge.
		header.Set("WWW-Authenticate", "Signature")
	case http.StatusServiceUnavailable:
		header.Set("Retry-After", strconv.FormatInt(max(1, int64(e.RetryAfter/time.Second)), 10))
	}
	w.WriteHeader(e.Status())
	json.NewEncoder(w).Encode(details) // what cannot be sent has nobody who waits for it
}

// ---- Structured fields (RFC 9651) ---------------------------------------------------------------

// Bare items are bool, int64, Decimal, string, []byte, Token, Date and DisplayString.
type (
	// Token is a type of its own, so that a keyid is never one (RFC 9651 section 3.3.4).
	Token string
	// Decimal is in thousandths (RFC 9651 section 3.3.2).
	Decimal int64
	// Date is in Unix seconds (RFC 9651 section 3.3.7).
	Date int64
	// DisplayString is Unicode text (RFC 9651 section 3.3.8).
	DisplayString string
)

// Param is a parameter of an Item or Inner List (RFC 9651 section 3.1.2).
type Param struct {
	Name  string
	Value any
}

// Params are parameters in their order.
type Params []Param

// Get returns the value of a parameter.
func (p Params) Get(name string) (any, bool) {
	for _, param := range p {
		if param.Name == name {
			return param.Value, true
		}
	}
	return nil, false
}

func (p Params) has(name string) bool {
	_, found := p.Get(name)
	return found
}

// Item is RFC 9651 section 3.3.
type Item struct {
	Value  any
	Params Params
}

// InnerList is RFC 9651 section 3.1.1.
type InnerList struct {
	Items  []Item
	Params Params
}

// Member is an entry of a List (without Key) or Dictionary. Its value is an Item or InnerList.
type Member struct {
	Key   string
	Value any
}

// FieldType says how a structured field is parsed.
type FieldType string

// The types of structured fields (RFC 9651 section 3).
const (
	ItemField       FieldType = "item"
	ListField       FieldType = "list"
	DictionaryField FieldType = "dictionary"
)

// parser parses one field value (RFC 9651 section 4.2), from left to right and never back.
//
// Section 4.2.2 lets the last duplicate win. With unique it is refused instead, as signature
// fields need it: a label must name exactly one signature.
type parser struct {
	text   string
	at     int
	unique bool
}

// ParseField parses a field value as an Item, a List or a Dictionary.
func ParseField(text string, fieldType FieldType) ([]Member, error) {
	return (&parser{text: text}).parse(fieldType)
}

func (p *parser) parse(fieldType FieldType) ([]Member, error) {
	p.skipAll(" ")
	if fieldType == ItemField {
		item, err := p.item()
		if p.skipAll(" "); err == nil && p.at < len(p.text) {
			err = p.expected("the end")
		}
		return []Member{{Value: item}}, err
	}
	var members []Member
	index := map[string]int{}
	for p.at < len(p.text) {
		member, err := p.member(fieldType)
		if err != nil {
			return nil, err
		}
		if known, again := index[member.Key]; again && fieldType == DictionaryField {
			if p.unique {
				return nil, refuse("duplicate_label", "")
			}
			members[known] = member
		} else {
			index[member.Key] = len(members)
			members = append(members, member)
		}
		if err := p.comma(); err != nil {
			return nil, err
		}
	}
	return members, nil
}

// comma goes to the next member, or to the end (sections 4.2.1 and 4.2.2).
func (p *parser) comma() error {
	p.skipAll(" \t")
	if p.at == len(p.text) {
		return nil
	}
	if !p.skip(',') {
		return p.expected("a comma")
	}
	if p.skipAll(" \t"); p.at == len(p.text) {
		return p.expected("a member after the last comma")
	}
	return nil
}

func (p *parser) member(fieldType FieldType) (member Member, err error) {
	if fieldType == DictionaryField {
		if member.Key, err = p.key(); err != nil {
			return member, err
		}
		if !p.skip('=') {
			params, err := p.params()
			member.Value = Item{true, params}
			return member, err
		}
	}
	if p.skip('(') {
		member.Value, err = p.innerList()
	} else {
		member.Value, err = p.item()
	}
	return member, err
}

func (p *parser) innerList() (list InnerList, err error) {
	for {
		spaces := p.skipAll(" ")
		if p.skip(')') {
			list.Params, err = p.params()
			return list, err
		}
		if len(list.Items) > 0 && !spaces {
			return list, p.expected("a space")
		}
		item, err := p.item()
		if err != nil {
			return list, err
		}
		list.Items = append(list.Items, item)
	}
}

func (p *parser) item() (item Item, err error) {
	if item.Value, err = p.bareItem(); err == nil {
		item.Params, err = p.params()
	}
	return item, err
}

func (p *parser) params() (Params, error) {
	var params Params
	index := map[string]int{}
	for p.skip(';') {
		p.skipAll(" ")
		name, err := p.key()
		if err != nil {
			return nil, err
		}
		param := Param{name, true}
		if p.skip('=') {
			if param.Value, err = p.bareItem(); err != nil {
				return nil, err
			}
		}
		if known, again := index[name]; !again {
			index[name] = len(params)
			params = append(params, param)
		} else if p.unique {
			return nil, p.expected("each parameter once")
		} else {
			params[known] = param
		}
	}
	return params, nil
}

const (
	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"
	tchars = "!#$%&'*+-.^_`|~" + digits + lower + upper // RFC 9110 section 5.6.2
)

func (p *parser) key() (string, error) {
	if !strings.ContainsRune(lower+"*", p.peek()) {
		return "", p.expected("a key")
	}
	return p.take(lower + digits + "_-.*"), nil
}

// bareItem is section 4.2.3.1: the first character tells the type.
func (p *parser) bareItem() (any, error) {
	switch first := p.peek(); {
	case first == '"':
		return p.string()
	case first == ':':
		return p.byteSequence()
	case first == '?':
		return p.boolean()
	case first == '@':
		return p.date()
	case first == '%':
		return p.displayString()
	case first == '-' || strings.ContainsRune(digits, first):
		return p.number()
	case strings.ContainsRune(upper+lower+"*", first):
		return Token(p.take(tchars + ":/")), nil
	}
	return nil, p.expected("an Item")
}

// number is section 4.2.4: 15 digits, or 12 before the point and 1 to 3 behind it.
func (p *parser) number() (any, error) {
	negative := p.skip('-')
	whole := p.take(digits)
	if whole == "" || len(whole) > 15 {
		return nil, p.expected("a number of at most 15 digits")
	}
	value, _ := strconv.ParseInt(whole, 10, 64)
	isDecimal := p.skip('.')
	if isDecimal {
		fraction := p.take(digits)
		if len(whole) > 12 || len(fraction) < 1 || len(fraction) > 3 {
			return nil, p.expected("12 digits before the point and 1 to 3 behind it")
		}
		value, _ = strconv.ParseInt(whole+(fraction + "00")[:3], 10, 64)
	}
	if negative {
		value = -value
	}
	if isDecimal {
		return Decimal(value), nil
	}
	return value, nil
}

func (p *parser) date() (any, error) {
	p.skip('@')
	number, err := p.number()
	if seconds, isInteger := number.(int64); err == nil && isInteger {
		return Date(seconds), nil
	}
	return nil, p.expected("a Date")
}

func (p *parser) boolean() (any, error) {
	p.skip('?')
	if p.skip('1') {
		return true, nil
	}
	if p.skip('0') {
		return false, nil
	}
	return nil, p.expected("a Boolean")
}

func (p *parser) string() (any, error) {
	var text strings.Builder
	for p.at++; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == '"':
			p.at++
			return text.String(), nil
		case c == '\\':
			if p.at++; p.at == len(p.text) || p.text[p.at] != '"' && p.text[p.at] != '\\' {
				return nil, p.expected("a quote or a backslash")
			}
			text.WriteByte(p.text[p.at])
		case c < ' ' || c > '~':
			return nil, p.expected("ASCII")
		default:
			text.WriteByte(c)
		}
	}
	return nil, p.expected("a quote")
}

// byteSequence is section 4.2.7: padding is left out, or right.
func (p *parser) byteSequence() (any, error) {
	p.skip(':')
	encoded := p.take(digits + lower + upper + "+/")
	padding := p.take("=")
	value, err := base64.RawStdEncoding.DecodeString(encoded)
	isPadded := padding == "" || len(padding) < 3 && (len(encoded)+len(padding))%4 == 0
	if err != nil || !isPadded || !p.skip(':') {
		return nil, p.expected("a Byte Sequence")
	}
	return value, nil
}

func (p *parser) displayString() (any, error) {
	p.skip('%')
	var text []byte
	for closed := !p.skip('"'); !closed && p.at < len(p.text); {
		c := p.text[p.at]
		p.at++
		switch {
		case c == '"':
			if !utf8.Valid(text) {
				return nil, p.expected("UTF-8")
			}
			return DisplayString(text), nil
		case c < ' ' || c > '~':
			return nil, p.expected("ASCII")
		case c == '%':
			pair := p.text[p.at:min(p.at+2, len(p.text))]
			octet, err := hex.DecodeString(pair)
			if err != nil || len(octet) != 1 || strings.ToLower(pair) != pair {
				return nil, p.expected("two hexadecimal digits in lower case")
			}
			p.at += 2
			c = octet[0]
		}
		text = append(text, c)
	}
	return nil, p.expected("a quote")
}

func (p *parser) peek() rune {
	if p.at == len(p.text) {
		return utf8.RuneError
	}
	return rune(p.text[p.at])
}

func (p *parser) skip(c byte) bool {
	found := p.at < len(p.text) && p.text[p.at] == c
	if found {
		p.at++
	}
	return found
}

func (p *parser) skipAll(set string) bool { return p.take(set) != "" }

func (p *parser) take(set string) string {
	start := p.at
	for p.at < len(p.text) && strings.IndexByte(set, p.text[p.at]) >= 0 {
		p.at++
	}
	return p.text[start:p.at]
}

func (p *parser) expected(what string) error {
	return refuse("malformed_structured_field", fmt.Sprintf("%s is expected at character %d", what, p.at))
}

// SerializeField is the strict serialization of what ParseField returned (RFC 9651 section 4.1).
func SerializeField(members []Member) string {
	parts := make([]string, len(members))
	for i, member := range members {
		item, isItem := member.Value.(Item)
		switch {
		case member.Key == "":
			parts[i] = SerializeMember(member.Value)
		case isItem && item.Value == true:
			parts[i] = member.Key + serializeParams(item.Params)
		default:
			parts[i] = member.Key + "=" + SerializeMember(member.Value)
		}
	}
	return strings.Join(parts, ", ")
}

// SerializeMember is the strict serialization of an Item or InnerList.
func SerializeMember(value any) string {
	list, isList := value.(InnerList)
	if !isList {
		item := value.(Item)
		return serializeBareItem(item.Value) + serializeParams(item.Params)
	}
	items := make([]string, len(list.Items))
	for i, item := range list.Items {
		items[i] = SerializeMember(item)
	}
	return "(" + strings.Join(items, " ") + ")" + serializeParams(list.Params)
}

func serializeParams(params Params) string {
	var text strings.Builder
	for _, param := range params {
		text.WriteString(";" + param.Name)
		if param.Value != true {
			text.WriteString("=" + serializeBareItem(param.Value))
		}
	}
	return text.String()
}

var quoted = strings.NewReplacer(`"`, `\"`, `\`, `\\`)

func serializeBareItem(value any) string {
	switch value := value.(type) {
	case bool:
		if value {
			return "?1"
		}
		return "?0"
	case Decimal:
		text := fmt.Sprintf("%04d", max(value, -value))
		whole, fraction := text[:len(text)-3], strings.TrimRight(text[len(text)-3:], "0")
		if fraction == "" {
			fraction = "0"
		}
		return strings.Repeat("-", btoi(value < 0)) + whole + "." + fraction
	case string:
		return `"` + quoted.Replace(value) + `"`
	case []byte:
		return ":" + base64.StdEncoding.EncodeToString(value) + ":"
	case Date:
		return "@" + strconv.FormatInt(int64(value), 10)
	case DisplayString:
		var text strings.Builder
		for _, c := range []byte(value) {
			if c < ' ' || c > '~' || c == '%' || c == '"' {
				fmt.Fprintf(&text, "%%%02x", c)
			} else {
				text.WriteByte(c)
			}
		}
		return `%"` + text.String() + `"`
	}
	return fmt.Sprint(value)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// ---- The message and its components (RFC 9421 section 2) ----------------------------------------

// Fields are field values by their name in lower case, one for each line.
type Fields map[string][]string

// Add adds a line: unfolded and stripped (RFC 9421 section 2.1).
func (f Fields) Add(name, value string) {
	name = strings.ToLower(name)
	f[name] = append(f[name], strings.Trim(lineFolding.ReplaceAllString(value, " "), " \t"))
}

// Message is a request, or a response (Status is not 0) with the request that it answers.
// It is made once and never changed.
type Message struct {
	Method, Scheme, Authority, Target string
	Path, Query                       string // as sent: nothing is decoded; Query with its "?", or empty
	Headers, Trailers                 Fields
	Status                            int
	Request                           *Message
	FieldTypes                        map[string]FieldType
}

var (
	absoluteURI   = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^#]*)$`)
	originForm    = regexp.MustCompile(`^([^?#]*)(\?[^#]*)?$`)
	fieldName     = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9a-z-]+$")
	fieldValue    = regexp.MustCompile(`^[\t -~]*$`)
	derivedValue  = regexp.MustCompile(`^([!-~]([ -~]*[!-~])?)?$`)
	lineFolding   = regexp.MustCompile(`[ \t]*\r?\n[ \t]+`)
	defaultPort   = map[string]string{"http": ":80", "https": ":443"}
	fieldNameType = map[string]FieldType{
		"accept-ch": ListField, "accept-signature": DictionaryField, "cache-status": ListField,
		"cdn-cache-control": DictionaryField, "client-cert": ItemField, "client-cert-chain": ListField,
		"content-digest": DictionaryField, "cross-origin-opener-policy": ItemField,
		"priority": DictionaryField, "proxy-status": ListField, "repr-digest": DictionaryField,
		"signature": DictionaryField, "signature-input": DictionaryField,
		"want-content-digest": DictionaryField, "want-repr-digest": DictionaryField,
	} // of the registries; Options.FieldTypes adds others
)

// NormalizeOrigin puts scheme and authority into lower case, without the default port
// (RFC 9110 section 4.2.3).
func NormalizeOrigin(origin string) (string, error) {
	match := absoluteURI.FindStringSubmatch(origin)
	if match == nil || match[2] == "" || strings.Trim(match[3], "/") != "" || strings.Contains(match[2], "@") {
		return "", fmt.Errorf("countersign: not an origin such as https://bank.example: %q", origin)
	}
	scheme := strings.ToLower(match[1])
	authority := strings.TrimSuffix(strings.ToLower(match[2]), ":")
	return scheme + "://" + strings.TrimSuffix(authority, defaultPort[scheme]), nil
}

// requestMessage is a request as its server saw it. The origin is what the server is called, not
// what Host says.
func requestMessage(method, origin, target string, headers Fields) (*Message, error) {
	rest := target
	absolute := absoluteURI.FindStringSubmatch(target)
	if absolute != nil {
		if strings.ToLower(absolute[1]+"://"+absolute[2]) != origin {
			return nil, refuse("malformed_message", "the target is for another origin")
		}
		rest = absolute[3]
	}
	parts := originForm.FindStringSubmatch(rest)
	if parts == nil || absolute == nil && !strings.HasPrefix(target, "/") {
		return nil, refuse("malformed_message", "the request target has no path")
	}
	scheme, authority, _ := strings.Cut(origin, "://")
	return &Message{
		Method: method, Scheme: scheme, Authority: authority, Target: target, Headers: headers,
		Path: orElse(parts[1], "/"), Query: parts[2],
	}, nil
}

// derived are the derived components of a request (RFC 9421 section 2.2).
var derived = map[string]func(*Message) string{
	"@method":         func(m *Message) string { return m.Method },
	"@target-uri":     func(m *Message) string { return m.Scheme + "://" + m.Authority + m.Path + m.Query },
	"@authority":      func(m *Message) string { return m.Authority },
	"@scheme":         func(m *Message) string { return m.Scheme },
	"@request-target": func(m *Message) string { return m.Target },
	"@path":           func(m *Message) string { return m.Path },
	"@query":          func(m *Message) string { return orElse(m.Query, "?") }, // section 2.2.7
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// componentValue is the value of one component, or an error (RFC 9421 section 2.5, step 2.4).
func componentValue(message *Message, component Item) (string, error) {
	name, isString := component.Value.(string)
	if !isString {
		return "", refuse("invalid_component", "a name must be a String")
	}
	for _, param := range component.Params {
		_, isText := param.Value.(string)
		isFlag := slices.Contains([]string{"sf", "bs", "tr", "req"}, param.Name) && param.Value == true
		if !isFlag && !(isText && (param.Name == "key" || param.Name == "name")) {
			return "", refuse("invalid_component", "a parameter is unknown, or of a wrong type")
		}
	}
	if component.Params.has("req") {
		if message = message.Request; message == nil {
			return "", refuse("invalid_component", "req is for responses")
		}
	}
	if strings.HasPrefix(name, "@") {
		return derivedComponentValue(message, name, component.Params)
	}
	if !fieldName.MatchString(name) || component.Params.has("name") {
		return "", refuse("invalid_component", "not the name of a field")
	}
	value, err := fieldComponentValue(message, name, component.Params)
	if err == nil && !fieldValue.MatchString(value) {
		err = refuse("malformed_component", name)
	}
	return value, err
}

func derivedComponentValue(message *Message, name string, params Params) (value string, err error) {
	unfit := refuse("invalid_component", "an unknown or unfit derived component")
	for _, param := range params {
		if param.Name != "req" && !(param.Name == "name" && name == "@query-param") {
			return "", unfit
		}
	}
	derive := derived[name]
	switch {
	case name == "@status" && message.Status != 0:
		value = strconv.Itoa(message.Status)
	case message.Status != 0:
		return "", unfit
	case name == "@query-param":
		value, err = queryParameter(message.Query, params)
	case derive != nil:
		value = derive(message)
	default:
		return "", unfit
	}
	if err == nil && !derivedValue.MatchString(value) {
		err = refuse("malformed_component", name)
	}
	return value, err
}

// queryParameter is RFC 9421 section 2.2.8. A name that occurs twice names nothing.
func queryParameter(query string, params Params) (string, error) {
	name, found := params.Get("name")
	if !found {
		return "", refuse("invalid_component", `"@query-param" needs a name`)
	}
	var values []string
	for _, pair := range strings.Split(strings.TrimPrefix(query, "?"), "&") {
		key, value, _ := strings.Cut(pair, "=")
		if pair != "" && formEncode(formDecode(key)) == name {
			values = append(values, formEncode(formDecode(value)))
		}
	}
	switch len(values) {
	case 0:
		return "", refuse("missing_component", "@query-param")
	case 1:
		return values[0], nil
	}
	return "", refuse("malformed_component", `"@query-param" occurs not exactly once`)
}

// formDecode is the application/x-www-form-urlencoded parser of the URL standard: what is no
// escape stays as it is.
func formDecode(text string) string {
	var decoded []byte
	for i := 0; i < len(text); i++ {
		octet, err := hex.DecodeString(text[min(i+1, len(text)):min(i+3, len(text))])
		switch {
		case text[i] == '%' && err == nil && len(octet) == 1:
			decoded = append(decoded, octet[0])
			i += 2
		case text[i] == '+':
			decoded = append(decoded, ' ')
		default:
			decoded = append(decoded, text[i])
		}
	}
	return string(decoded)
}

// formEncode is the application/x-www-form-urlencoded percent-encode set.
func formEncode(text string) string {
	var encoded strings.Builder
	for len(text) > 0 {
		char, size := utf8.DecodeRuneInString(text)
		octets := text[:size]
		if char == utf8.RuneError && size == 1 {
			octets, size = "\uFFFD", brokenUTF8(text)
		}
		text = text[size:]
		if strings.Contains(digits+lower+upper+"*-._", octets) {
			encoded.WriteString(octets)
			continue
		}
		for _, octet := range []byte(octets) {
			fmt.Fprintf(&encoded, "%%%02X", octet)
		}
	}
	return encoded.String()
}

// brokenUTF8 is the length of what one U+FFFD stands for: the octets that could begin a character
// (Unicode table 3-7), or one.
func brokenUTF8(text string) int {
	first, second := text[0], [2]byte{0x80, 0xBF}
	switch first {
	case 0xE0:
		second[0] = 0xA0
	case 0xED:
		second[1] = 0x9F
	case 0xF0:
		second[0] = 0x90
	case 0xF4:
		second[1] = 0x8F
	}
	if first < 0xE0 || first > 0xF4 || len(text) < 2 || text[1] < second[0] || text[1] > second[1] {
		return 1
	}
	if first < 0xF0 || len(text) < 3 || text[2]&0xC0 != 0x80 {
		return 2
	}
	return 3
}

// fieldComponentValue is RFC 9421 section 2.1, with the parameters of its subsections.
func fieldComponentValue(message *Message, name string, params Params) (string, error) {
	fields := message.Headers
	if params.has("tr") {
		fields = message.Trailers
	}
	lines, found := fields[name]
	if !found {
		return "", refuse("missing_component", name)
	}
	wrapped := make([]Member, len(lines))
	for i, line := range lines {
		if strings.ContainsAny(line, "\r\n\x00") { // RFC 9110 section 5.5
			return "", refuse("malformed_component", name)
		}
		wrapped[i] = Member{Value: Item{Value: []byte(line)}}
	}
	strict := params.has("sf") || params.has("key")
	switch {
	case params.has("bs") && strict:
		return "", refuse("invalid_component", "bs does not go with sf or key")
	case params.has("bs"):
		return SerializeField(wrapped), nil
	case strict:
		return strictValue(message, name, strings.Join(lines, ", "), params)
	}
	return strings.Join(lines, ", "), nil
}

// strictValue is RFC 9421 sections 2.1.1 and 2.1.2.
func strictValue(message *Message, name, combined string, params Params) (string, error) {
	fieldType, known := message.FieldTypes[name]
	if !known {
		fieldType, known = fieldNameType[name]
	}
	key, hasKey := params.Get("key")
	if !known || hasKey && fieldType != DictionaryField {
		return "", refuse("invalid_component", name+" has another type, or none that is known")
	}
	members, err := ParseField(combined, fieldType)
	if err != nil {
		return "", &SignatureError{Code: "malformed_component", Detail: name, cause: err}
	}
	if !hasKey {
		return SerializeField(members), nil
	}
	for _, member := range members {
		if member.Key == key {
			return SerializeMember(member.Value), nil
		}
	}
	return "", refuse("missing_component", name)
}

// ---- Signatures of a message (RFC 9421 sections 3.2 and 4) --------------------------------------

const (
	maxFieldCharacters = 8192
	maxSignatures      = 4
	maxComponents      = 32
)

// Signature is a signature as a message states it. Nothing in it has been verified.
type Signature struct {
	Label      string
	Components InnerList // the covered components; its parameters are those of the signature
	Value      []byte
}

// ParseSignatures reads all signatures of a message: a label without its counterpart is an error
// (RFC 9421 section 3.2).
func ParseSignatures(headers Fields) ([]Signature, error) {
	input, value := headers["signature-input"], headers["signature"]
	if input == nil && value == nil {
		return nil, refuse("missing_signature", "")
	}
	inputText, valueText := strings.Join(input, ", "), strings.Join(value, ", ")
	if len(inputText)+len(valueText) > maxFieldCharacters {
		return nil, refuse("limit_exceeded", "")
	}
	inputs, err := parseDictionary(inputText, "malformed_signature_input")
	if err != nil {
		return nil, err
	}
	values, err := parseDictionary(valueText, "malformed_signature")
	if err != nil {
		return nil, err
	}
	if len(inputs)+len(values) == 0 {
		return nil, refuse("missing_signature", "")
	}
	if len(inputs) > maxSignatures || len(values) > maxSignatures {
		return nil, refuse("limit_exceeded", "")
	}
	for _, input := range inputs {
		if _, isList := input.Value.(InnerList); !isList {
			return nil, refuse("malformed_signature_input", "")
		}
	}
	if len(inputs) != len(values) {
		return nil, refuse("label_mismatch", "")
	}
	signatures := make([]Signature, len(inputs))
	for i, input := range inputs {
		at := slices.IndexFunc(values, func(value Member) bool { return value.Key == input.Key })
		if at < 0 {
			return nil, refuse("label_mismatch", "")
		}
		if signatures[i], err = newSignature(input, values[at]); err != nil {
			return nil, err
		}
	}
	return signatures, nil
}

// parseDictionary fails with the code where there is none, and with duplicate_label for one of two.
func parseDictionary(text string, code Code) ([]Member, error) {
	members, err := (&parser{text: text, unique: true}).parse(DictionaryField)
	var refusal *SignatureError
	if errors.As(err, &refusal) && (refusal.Code != "duplicate_label" || code == "malformed_digest") {
		err = &SignatureError{Code: code, cause: refusal}
	}
	return members, err
}

func newSignature(input, value Member) (Signature, error) {
	components := input.Value.(InnerList) // ParseSignatures has seen to it
	item, _ := value.Value.(Item)
	octets, isBytes := item.Value.([]byte)
	if !isBytes {
		return Signature{}, refuse("malformed_signature", "")
	}
	if len(components.Items) > maxComponents {
		return Signature{}, refuse("limit_exceeded", "")
	}
	return Signature{input.Key, components, octets}, nil
}

// CheckParameters is RFC 9421 section 2.3: Integers and Strings. Times before 1970 are refused.
func (s Signature) CheckParameters() error {
	for _, param := range s.Components.Params {
		fits := true
		switch param.Name {
		case "created", "expires":
			seconds, isInteger := param.Value.(int64)
			fits = isInteger && seconds >= 0
		case "nonce", "alg", "keyid", "tag":
			_, fits = param.Value.(string)
		}
		if !fits {
			return refuse("malformed_parameter", param.Name)
		}
	}
	return nil
}

// Text returns a String parameter, or "".
func (s Signature) Text(name string) string {
	value, _ := s.Components.Params.Get(name)
	text, _ := value.(string)
	return text
}

func (s Signature) seconds(name string) (seconds int64, found bool) {
	value, _ := s.Components.Params.Get(name)
	seconds, found = value.(int64)
	return seconds, found
}

// identifier is a component in a form in which it can be compared: the order of parameters does
// not tell identifiers apart (RFC 9421 section 2).
func identifier(component Item) string {
	params := slices.Clone(component.Params)
	sort.Slice(params, func(i, j int) bool { return params[i].Name < params[j].Name })
	return SerializeMember(Item{component.Value, params})
}

// SignatureBase is the text that is signed: one line for each component (RFC 9421 section 2.5).
func SignatureBase(message *Message, components InnerList) (string, error) {
	var base strings.Builder
	seen := map[string]bool{}
	for _, component := range components.Items {
		id := identifier(component)
		if component.Params.has("key") { // section 2.1.2: once, whatever sf says beside it
			id = strings.Replace(id, ";sf", "", 1)
		}
		if seen[id] {
			return "", refuse("duplicate_component", id)
		}
		seen[id] = true
		value, err := componentValue(message, component)
		if err != nil {
			return "", err
		}
		base.WriteString(SerializeMember(component) + ": " + value + "\n")
	}
	base.WriteString(`"@signature-params": ` + SerializeMember(components))
	return base.String(), nil
}

// VerifySignature is steps 6 to 9 of RFC 9421 section 3.2.
func VerifySignature(message *Message, signature Signature, key *Key) error {
	if alg, stated := signature.Components.Params.Get("alg"); stated && alg != key.algorithm {
		return refuse("algorithm_mismatch", "")
	}
	base, err := SignatureBase(message, signature.Components)
	if err != nil {
		return err
	}
	if !key.verify(signature.Value, []byte(base)) {
		return refuse("invalid_signature", "")
	}
	return nil
}

// ---- Keys: each has its one algorithm (RFC 9421 section 3.3) ------------------------------------

// Key verifies signatures by its one algorithm. No message chooses another.
type Key struct {
	algorithm string
	principal string
	verify    func(signature, base []byte) bool
}

// HMACKey is a key for hmac-sha256: a secret of at least 32 random bytes. Whoever has it can sign
// as the principal; without one, the keyid is the principal.
func HMACKey(secret []byte, principal string) (*Key, error) {
	if len(secret) < 32 {
		return nil, errors.New("countersign: an HMAC secret must have at least 32 bytes")
	}
	secret = bytes.Clone(secret)
	verify := func(signature, base []byte) bool {
		mac := hmac.New(sha256.New, secret)
		mac.Write(base)
		return hmac.Equal(signature, mac.Sum(nil))
	}
	return &Key{"hmac-sha256", principal, verify}, nil
}

// PublicKeyPEM is a key for one of the five asymmetric algorithms, from a SubjectPublicKeyInfo.
func PublicKeyPEM(algorithm string, text []byte, principal string) (*Key, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("countersign: the public key is not in PEM")
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("countersign: %w", err)
	}
	return PublicKey(algorithm, public, principal)
}

// PublicKey is a key for one of the five asymmetric algorithms: an *rsa.PublicKey, an
// *ecdsa.PublicKey or an ed25519.PublicKey.
func PublicKey(algorithm string, public crypto.PublicKey, principal string) (*Key, error) {
	var verify func(signature, base []byte) bool
	switch public := public.(type) {
	case *rsa.PublicKey:
		verify = verifyRSA(algorithm, public)
	case *ecdsa.PublicKey:
		verify = verifyECDSA(algorithm, public)
	case ed25519.PublicKey:
		if algorithm == "ed25519" && len(public) == ed25519.PublicKeySize && isSafePoint(public) {
			verify = func(signature, base []byte) bool {
				return len(signature) == ed25519.SignatureSize && isSafePoint(signature[:32]) &&
					ed25519.Verify(public, base, signature)
			}
		}
	}
	if verify == nil {
		return nil, fmt.Errorf("countersign: the key does not suit %s, or is too weak", algorithm)
	}
	return &Key{algorithm, principal, verify}, nil
}

// verifyRSA needs at least 2048 bits, and an odd exponent of at least 3.
func verifyRSA(algorithm string, key *rsa.PublicKey) func(signature, base []byte) bool {
	if key.N.BitLen() < 2048 || key.E < 3 || key.E%2 == 0 {
		return nil
	}
	switch algorithm {
	case "rsa-pss-sha512":
		return func(signature, base []byte) bool {
			hash := sha512.Sum512(base)
			options := &rsa.PSSOptions{SaltLength: 64}
			return rsa.VerifyPSS(key, crypto.SHA512, hash[:], signature, options) == nil
		}
	case "rsa-v1_5-sha256":
		return func(signature, base []byte) bool {
			hash := sha256.Sum256(base)
			return rsa.VerifyPKCS1v15(key, crypto.SHA256, hash[:], signature) == nil
		}
	}
	return nil
}

// verifyECDSA takes r and s one after the other, each padded to the size of the curve
// (RFC 9421 section 3.3.4): never DER.
func verifyECDSA(algorithm string, key *ecdsa.PublicKey) func(signature, base []byte) bool {
	var hash func(base []byte) []byte
	switch {
	case algorithm == "ecdsa-p256-sha256" && key.Curve == elliptic.P256():
		hash = func(base []byte) []byte { sum := sha256.Sum256(base); return sum[:] }
	case algorithm == "ecdsa-p384-sha384" && key.Curve == elliptic.P384():
		hash = func(base []byte) []byte { sum := sha512.Sum384(base); return sum[:] }
	default:
		return nil
	}
	size := key.Curve.Params().BitSize / 8
	return func(signature, base []byte) bool {
		if len(signature) != 2*size {
			return false
		}
		r, s := new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:])
		return ecdsa.Verify(key, hash(base), r, s)
	}
}

var (
	ed25519Prime = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	// ed25519Order8 is y of a point of order 8; p - y is that of the others.
	ed25519Order8, _ = new(big.Int).SetString(
		"05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826", 16)
)

// isSafePoint is false for points of small order, which can fit any message, and where y >= p.
func isSafePoint(encoded []byte) bool {
	octets := bytes.Clone(encoded)
	slices.Reverse(octets) // little endian
	octets[0] &= 0x7f      // the sign of x
	y := new(big.Int).SetBytes(octets)
	opposite := new(big.Int).Sub(ed25519Prime, y)
	for _, small := range []*big.Int{big.NewInt(0), big.NewInt(1), ed25519Order8} {
		if y.Cmp(small) == 0 || opposite.Cmp(small) == 0 {
			return false
		}
	}
	return y.Cmp(ed25519Prime) < 0
}

// ---- Content-Digest (RFC 9530) ------------------------------------------------------------------

var digestOf = map[string]func(body []byte) []byte{
	"sha-256": func(body []byte) []byte { sum := sha256.Sum256(body); return sum[:] },
	"sha-512": func(body []byte) []byte { sum := sha512.Sum512(body); return sum[:] },
}

// CheckDigest checks every digest of an active algorithm, one of which must be there (section 5).
func CheckDigest(value string, body []byte) error {
	members, err := parseDictionary(value, "malformed_digest")
	if err != nil {
		return err
	}
	known := 0
	for _, member := range members {
		hash := digestOf[member.Key]
		if hash == nil {
			continue
		}
		known++
		item, _ := member.Value.(Item)
		stated, isBytes := item.Value.([]byte)
		if !isBytes {
			return refuse("malformed_digest", "")
		}
		if !hmac.Equal(stated, hash(body)) {
			return refuse("digest_mismatch", member.Key)
		}
	}
	if known == 0 {
		return refuse("unsupported_digest", "")
	}
	return nil
}

// ---- Replay stores ------------------------------------------------------------------------------
//
// A store forgets an entry only after it has raised its floor to that entry's created, and what was
// created at or below the floor is stale. So nothing is accepted twice, whatever clocks, restarts
// and changed windows do. A store without a history cannot know what was accepted before it: it
// refuses what was created up to its start plus the skew.

// Claim is a verified message that wants to be let in. Times are Unix seconds.
type Claim struct {
	Key               [32]byte // a hash of scope, principal and nonce
	Created           int64
	ForgetAfter       int64 // the last second in which the message is acceptable
	Now               int64
	FutureSkewSeconds int64
}

// IsOutsideWindow is asked again inside the atomic step: the body may have taken its time.
func (c Claim) IsOutsideWindow() bool {
	return c.Now > c.ForgetAfter || c.Created > c.Now+c.FutureSkewSeconds
}

// Answer is what a store decides. The zero value is no answer.
type Answer int

// The answers of a store.
const (
	Accepted Answer = iota + 1
	Replayed
	Stale
)

// Store remembers which messages were let in. Claim is atomic, and safe for many goroutines:
// Accepted at most once for a key, else Replayed or Stale. It fails when it cannot tell.
type Store interface {
	Claim(ctx context.Context, claim Claim) (Answer, error)
}

// MemoryStoreOptions are the options of a MemoryStore.
type MemoryStoreOptions struct {
	// StartsFresh says that no earlier process has accepted anything: a test, a demo, a first deploy.
	StartsFresh bool
	// MaxEntries is the number of live nonces beyond which new ones are refused. Default: a million.
	MaxEntries int
	// Clock is time.Now by default.
	Clock func() time.Time
}

// MemoryStore serves one process. After a restart it refuses for some seconds.
type MemoryStore struct {
	mutex       sync.Mutex
	start       int64
	floor       int64
	longestLife int64 // windows of several lengths may share a store
	maxEntries  int
	created     map[[32]byte]int64
	oldest      entries
}

const never = math.MinInt64 / 2

// NewMemoryStore makes an empty store.
func NewMemoryStore(options MemoryStoreOptions) *MemoryStore {
	store := &MemoryStore{start: never, floor: never, maxEntries: options.MaxEntries, created: map[[32]byte]int64{}}
	if store.maxEntries == 0 {
		store.maxEntries = 1_000_000
	}
	if options.Clock == nil {
		options.Clock = time.Now
	}
	if !options.StartsFresh {
		store.start = options.Clock().Unix()
	}
	return store
}

// Claim lets a message in at most once.
func (s *MemoryStore) Claim(_ context.Context, claim Claim) (Answer, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.longestLife = max(s.longestLife, claim.ForgetAfter-claim.Created)
	s.forget(claim.Now)
	if claim.IsOutsideWindow() || claim.Created <= s.floor {
		return Stale, nil
	}
	if _, known := s.created[claim.Key]; known {
		return Replayed, nil
	}
	if knownFrom := s.start + claim.FutureSkewSeconds + 1; claim.Created < knownFrom {
		wait := time.Duration(knownFrom-claim.Now) * time.Second
		return 0, &SignatureError{Code: "replay_store_starting", RetryAfter: wait}
	}
	if len(s.created) >= s.maxEntries {
		return 0, refuse("replay_store_full", "")
	}
	s.created[claim.Key] = claim.Created
	heap.Push(&s.oldest, entry{claim.Created, claim.Key})
	return Accepted, nil
}

func (s *MemoryStore) forget(now int64) {
	for len(s.oldest) > 0 && s.oldest[0].created+s.longestLife < now {
		old := heap.Pop(&s.oldest).(entry)
		s.floor = max(s.floor, old.created) // first the floor,
		delete(s.created, old.key)          // then the entry
	}
}

type entry struct {
	created int64
	key     [32]byte
}

type entries []entry

func (e entries) Len() int           { return len(e) }
func (e entries) Less(i, j int) bool { return e[i].created < e[j].created }
func (e entries) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *entries) Push(x any)        { *e = append(*e, x.(entry)) }
func (e *entries) Pop() any {
	last := len(*e) - 1
	popped := (*e)[last]
	*e = (*e)[:last]
	return popped
}

// ---- The verifier -------------------------------------------------------------------------------

// Options are the policy of a Verifier. Keys or FindKey, Origin and Store are required.
type Options struct {
	// Keys are the keys by keyid.
	Keys map[string]*Key
	// FindKey finds a key instead, or nil. A keyid is opaque: no path, no URL.
	FindKey func(ctx context.Context, keyID string) (*Key, error)
	// Origin is scheme and authority that clients call. Host and X-Forwarded-* are never believed.
	Origin string
	// Store remembers what was let in.
	Store Store
	// Tags, where there are some: a signature must have one of them.
	Tags []string
	// RequiredComponents are covered beside those of the profile: field names, or serialized
	// identifiers such as `"priority";key="u"`.
	RequiredComponents []string
	// RequiredParameters beside created, nonce and keyid.
	RequiredParameters []string
	// MaxAge of a signature. Default: 60 s.
	MaxAge time.Duration
	// FutureSkew is how far ahead a client's clock may be. Default: 10 s; negative: none.
	FutureSkew time.Duration
	// EarlierFutureSkew is the widest that was ever used with this store.
	EarlierFutureSkew time.Duration
	// MaxBodyBytes is counted on the wire. Default: 1 MiB.
	MaxBodyBytes int64
	// FieldTypes of structured fields that no registry knows.
	FieldTypes map[string]FieldType
	// Scope: verifiers that have nothing to do with each other, and share a store, have one each.
	Scope string
	// Clock is time.Now by default.
	Clock func() time.Time
	// OnRefusal is told of each refusal, for logs and metrics.
	OnRefusal func(*http.Request, *SignatureError)
}

// Verified is what may be believed: who signed the request, and the bytes that were signed.
type Verified struct {
	Principal, KeyID, Label, Tag string
	Created                      time.Time
	Components                   []string // the covered components, serialized
	Body                         []byte
}

// Verifier checks requests against one policy. Many goroutines may use it.
type Verifier struct {
	Options
	required []string
}

// NewVerifier checks the options. A mistake is found here, not at the first request.
func NewVerifier(options Options) (*Verifier, error) {
	v := &Verifier{Options: options, required: []string{`"@method"`, `"@authority"`, `"@path"`, `"@query"`}}
	var err error
	if v.Origin, err = NormalizeOrigin(options.Origin); err != nil {
		return nil, err
	}
	if options.Store == nil || (options.Keys == nil) == (options.FindKey == nil) {
		return nil, errors.New("countersign: a verifier needs a Store, and either Keys or FindKey")
	}
	if v.FindKey == nil {
		v.FindKey = func(_ context.Context, keyID string) (*Key, error) { return options.Keys[keyID], nil }
	}
	if v.Clock == nil {
		v.Clock = time.Now
	}
	v.MaxAge = orDefault(v.MaxAge, time.Minute)
	v.FutureSkew = max(0, orDefault(v.FutureSkew, 10*time.Second))
	v.MaxBodyBytes = orDefault(v.MaxBodyBytes, 1<<20)
	v.RequiredParameters = append([]string{"created", "nonce", "keyid"}, options.RequiredParameters...)
	for _, name := range options.RequiredComponents {
		if !strings.HasPrefix(name, `"`) {
			name = `"` + name + `"`
		}
		members, err := ParseField(name, ItemField)
		if err != nil {
			return nil, fmt.Errorf("countersign: not a component: %s: %w", name, err)
		}
		v.required = append(v.required, identifier(members[0].Value.(Item)))
	}
	return v, nil
}

func orDefault[T comparable](value, other T) T {
	var zero T
	if value == zero {
		return other
	}
	return value
}

func (v *Verifier) now() int64 { return v.Clock().Unix() }

// Verify lets a request in at most once, or fails with a *SignatureError. Afterwards r.Body holds
// the bytes that were verified.
func (v *Verifier) Verify(r *http.Request) (*Verified, error) {
	verified, err := v.verify(r)
	var refusal *SignatureError
	if errors.As(err, &refusal) && v.OnRefusal != nil {
		v.OnRefusal(r, refusal)
	}
	return verified, err
}

func (v *Verifier) verify(r *http.Request) (*Verified, error) {
	message, err := v.messageOf(r)
	if err != nil {
		return nil, err
	}
	signature, key, err := v.findValid(r, message) // steps 1 to 4
	if err != nil {
		return nil, err
	}
	body, err := v.readBody(r, message, signature) // step 5
	if err != nil {
		return nil, err
	}
	keyID := signature.Text("keyid")
	principal := orElse(key.principal, keyID)
	if err := v.claim(r.Context(), signature, principal); err != nil { // step 6: the first write
		return nil, err
	}
	created, _ := signature.seconds("created")
	verified := &Verified{
		Principal: principal, KeyID: keyID, Label: signature.Label, Tag: signature.Text("tag"),
		Created: time.Unix(created, 0), Body: body,
	}
	for _, component := range signature.Components.Items {
		verified.Components = append(verified.Components, SerializeMember(component))
	}
	return verified, nil
}

// singleFields must not occur twice: servers and handlers disagree on which of them counts.
var singleFields = []string{
	"host", "content-type", "content-length", "content-digest", "authorization", "idempotency-key",
}

func (v *Verifier) messageOf(r *http.Request) (*Message, error) {
	if r.Method == "" || strings.Trim(r.Method, tchars) != "" {
		return nil, refuse("malformed_message", "not a method")
	}
	if r.RequestURI == "" {
		return nil, errors.New("countersign: a request without RequestURI was not received by a server")
	}
	headers := Fields{}
	for name, values := range r.Header {
		for _, value := range values {
			headers.Add(name, value)
		}
	}
	if r.Host != "" {
		headers.Add("host", r.Host) // net/http takes it out of Header
	}
	for _, name := range singleFields {
		if len(headers[name]) > 1 {
			return nil, refuse("malformed_message", name+" occurs twice")
		}
	}
	for _, length := range headers["content-length"] {
		if length == "" || strings.Trim(length, digits) != "" {
			return nil, refuse("malformed_message", "content-length")
		}
	}
	message, err := requestMessage(r.Method, v.Origin, r.RequestURI, headers)
	if err == nil {
		message.FieldTypes = v.FieldTypes
	}
	return message, err
}

// findValid: one signature that meets the policy is enough (RFC 9421 section 3.2, step 1.1).
func (v *Verifier) findValid(r *http.Request, message *Message) (Signature, *Key, error) {
	signatures, err := ParseSignatures(message.Headers)
	if err != nil {
		return Signature{}, nil, err
	}
	var first error
	for _, signature := range signatures {
		if len(v.Tags) > 0 && !slices.Contains(v.Tags, signature.Text("tag")) {
			continue
		}
		key, err := v.check(r, message, signature)
		if err == nil {
			return signature, key, nil
		}
		if first == nil {
			first = err
		}
	}
	if first == nil {
		first = refuse("no_matching_signature", "")
	}
	return Signature{}, nil, first
}

// check is steps 2 to 4 for one signature: cheap refusals before any cryptography.
func (v *Verifier) check(r *http.Request, message *Message, signature Signature) (*Key, error) {
	if err := v.checkPolicy(signature); err != nil {
		return nil, err
	}
	if err := checkCoverage(signature, message, v.required, r.ContentLength != 0); err != nil {
		return nil, err
	}
	if err := v.checkTimes(signature); err != nil {
		return nil, err
	}
	key, err := v.FindKey(r.Context(), signature.Text("keyid"))
	if err != nil {
		return nil, &SignatureError{Code: "key_unavailable", cause: err}
	}
	if key == nil {
		return nil, refuse("unknown_key", "")
	}
	return key, VerifySignature(message, signature, key)
}

func (v *Verifier) checkPolicy(signature Signature) error {
	if err := signature.CheckParameters(); err != nil {
		return err
	}
	for _, name := range v.RequiredParameters {
		if !signature.Components.Params.has(name) {
			return refuse("missing_parameter", name)
		}
	}
	if length := len(signature.Text("nonce")); length < 16 || length > 128 {
		return refuse("malformed_parameter", "a nonce has 16 to 128 characters")
	}
	if len(signature.Text("keyid")) > 256 {
		return refuse("malformed_parameter", "a keyid has at most 256 characters")
	}
	return nil
}

// checkCoverage compares whole identifiers: "content-digest";req does not stand in for
// "content-digest" (RFC 9421 section 7.2.1).
func checkCoverage(signature Signature, message *Message, required []string, hasBody bool) error {
	covered := map[string]bool{}
	for _, component := range signature.Components.Items {
		covered[identifier(component)] = true
	}
	whenPresent := []string{"authorization", "idempotency-key"}
	if hasBody {
		whenPresent = append(whenPresent, "content-type", "content-encoding")
	}
	for _, name := range whenPresent {
		if message.Headers[name] != nil && !covered[`"`+name+`"`] {
			return refuse("component_not_covered", name)
		}
	}
	for _, id := range required {
		if !covered[id] {
			return refuse("component_not_covered", id)
		}
	}
	if hasBody && !covered[`"content-digest"`] {
		return refuse("missing_digest", "")
	}
	return nil
}

const maxLifetimeSeconds = 86_400

func (v *Verifier) checkTimes(signature Signature) error {
	now := v.now()
	created, _ := signature.seconds("created")
	expires, hasExpires := signature.seconds("expires")
	switch {
	case created > now+int64(v.FutureSkew/time.Second):
		return refuse("not_yet_valid", "")
	case now > created+int64(v.MaxAge/time.Second):
		return refuse("stale", "")
	case hasExpires && (expires <= created || expires > created+maxLifetimeSeconds):
		return refuse("malformed_parameter", "expires")
	case hasExpires && now > expires:
		return refuse("expired", "")
	}
	return nil
}

// readBody reads the body with a limit, checks it, and puts it back.
func (v *Verifier) readBody(r *http.Request, message *Message, signature Signature) ([]byte, error) {
	var body []byte
	if r.ContentLength > v.MaxBodyBytes {
		return nil, refuse("body_too_large", "")
	}
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(io.LimitReader(r.Body, v.MaxBodyBytes+1)); err != nil {
			return nil, &SignatureError{Code: "body_unreadable", cause: err}
		}
	}
	if int64(len(body)) > v.MaxBodyBytes {
		return nil, refuse("body_too_large", "")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	// What was announced may be untrue.
	if err := checkCoverage(signature, message, nil, len(body) > 0); err != nil {
		return nil, err
	}
	if digest := message.Headers["content-digest"]; digest != nil {
		return body, CheckDigest(digest[0], body)
	}
	return body, nil
}

func (v *Verifier) claim(ctx context.Context, signature Signature, principal string) error {
	created, _ := signature.seconds("created")
	forgetAfter := created + int64(v.MaxAge/time.Second)
	if expires, found := signature.seconds("expires"); found {
		forgetAfter = min(forgetAfter, expires)
	}
	answer, err := v.Store.Claim(ctx, Claim{
		Key:               hashOf(v.Scope, principal, signature.Text("nonce")),
		Created:           created,
		ForgetAfter:       forgetAfter,
		Now:               v.now(),
		FutureSkewSeconds: int64(max(v.FutureSkew, v.EarlierFutureSkew) / time.Second),
	})
	var refusal *SignatureError
	switch {
	case errors.As(err, &refusal):
		return refusal
	case err == nil && answer == Accepted:
		return nil
	case err == nil && answer == Replayed:
		return refuse("replayed", "")
	case err == nil && answer == Stale:
		return refuse("stale", "")
	}
	return &SignatureError{Code: "replay_store_unavailable", cause: err}
}

// hashOf puts the length before each part, so that ("a:b", "c") and ("a", "b:c") differ.
func hashOf(parts ...string) [32]byte {
	var text []byte
	for _, part := range parts {
		text = binary.BigEndian.AppendUint64(text, uint64(len(part)))
		text = append(text, part...)
	}
	return sha256.Sum256(text)
}

// ---- net/http -----------------------------------------------------------------------------------

type contextKey struct{}

// Middleware lets only verified requests through. The handler finds them by VerifiedOf.
func (v *Verifier) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		verified, err := v.Verify(r)
		var refusal *SignatureError
		switch {
		case err == nil:
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), contextKey{}, verified)))
		case errors.As(err, &refusal):
			refusal.writeProblem(w, v.now())
		default:
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		}
	})
}

// VerifiedOf returns what Middleware has verified. It panics in a handler that nobody protects.
func VerifiedOf(r *http.Request) *Verified {
	return r.Context().Value(contextKey{}).(*Verified)
}
