package main

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"

	"countersign.example/countersign"
)

// vector is a test, as far as this runner reads it.
type vector struct {
	ID, Type        string
	Message         message
	Key             string
	Keys            []string
	Components      []component
	Parameters      [][2]any
	Label           string
	SignatureInput  *string
	SignatureBase   string
	Signature       []byte
	Policy          policy
	Now             int64
	Digest          digest
	StructuredField structuredField
	Messages        map[string]message
	Steps           []step
}

type message struct {
	Request  request
	Response *response
}

type request struct {
	Method, URL       string
	RequestTarget     *string
	Headers, Trailers [][2]string
	Body              []byte
}

type response struct {
	Status            int
	Headers, Trailers [][2]string
}

type component struct {
	Name       string
	Parameters [][2]any
}

type policy struct {
	Profile, Label, Origin                         string
	Tag                                            string
	RequiredComponents, RequiredParameters         []string
	MaxAgeSeconds, FutureSkewSeconds, MaxBodyBytes *int64
	FieldTypes                                     map[string]countersign.FieldType
}

type digest struct {
	Operation, Value string
	Body             []byte
}

type structuredField struct {
	Type      countersign.FieldType
	Raw       []string
	Canonical *string
	Member    *string
}

type step struct {
	At                  int64
	Use, Store, Restart string
	Copies              int
	MaxAgeSeconds       *int64
}

// keyEntry is an entry of keys.json.
type keyEntry struct {
	Algorithm, KeyID, Principal string
	Secret                      []byte
	PublicPem                   string
}

type keyRing map[string]keyEntry

// key is nil for one that cannot be imported: it is as good as unknown.
func (ring keyRing) key(name string) *countersign.Key {
	entry := ring[name]
	var key *countersign.Key
	var err error
	if entry.Secret != nil {
		key, err = countersign.HMACKey(entry.Secret, entry.Principal)
	} else {
		key, err = countersign.PublicKeyPEM(entry.Algorithm, []byte(entry.PublicPem), entry.Principal)
	}
	if err != nil {
		return nil
	}
	return key
}

func (ring keyRing) byKeyID(names []string) map[string]*countersign.Key {
	keys := map[string]*countersign.Key{}
	for _, name := range names {
		if key := ring.key(name); key != nil {
			keys[ring[name].KeyID] = key
		}
	}
	return keys
}

var absoluteURL = regexp.MustCompile(`^([^:]+://[^/?#]*)([^?#]*)(\?[^#]*)?`)

// split gives origin, path and query of a URL, as its sender wrote them.
func split(url string) (origin, path, query string) {
	parts := absoluteURL.FindStringSubmatch(url)
	if parts[2] == "" {
		parts[2] = "/"
	}
	return parts[1], parts[2], parts[3]
}

// fieldsOf takes latin-1 text for the octets of the wire.
func fieldsOf(lines [][2]string) countersign.Fields {
	fields := countersign.Fields{}
	for _, line := range lines {
		fields.Add(line[0], latin1(line[1]))
	}
	return fields
}

func latin1(text string) string {
	var octets []byte
	for _, r := range text {
		octets = append(octets, byte(r))
	}
	return string(octets)
}

// messageOf is the message for RFC 9421 alone: the target URI is what its sender wrote.
func messageOf(v vector) (*countersign.Message, error) {
	given := v.Message.Request
	written, path, query := split(given.URL)
	origin, err := countersign.NormalizeOrigin(written)
	if err != nil {
		return nil, err
	}
	scheme, authority, _ := strings.Cut(origin, "://")
	request := &countersign.Message{
		Method: given.Method, Scheme: scheme, Authority: authority, Target: path + query,
		Path: path, Query: query, Headers: fieldsOf(given.Headers), Trailers: fieldsOf(given.Trailers),
		FieldTypes: v.Policy.FieldTypes,
	}
	if given.RequestTarget != nil {
		request.Target = *given.RequestTarget
	}
	if v.Message.Response == nil {
		return request, nil
	}
	answer := v.Message.Response
	return &countersign.Message{
		Status: answer.Status, Headers: fieldsOf(answer.Headers), Trailers: fieldsOf(answer.Trailers),
		Request: request, FieldTypes: v.Policy.FieldTypes,
	}, nil
}

// receivedRequest is the request as net/http would hand it to a handler.
func receivedRequest(given request) *http.Request {
	_, path, query := split(given.URL)
	r := &http.Request{
		Method: given.Method, RequestURI: path + query, Header: http.Header{},
		Body: io.NopCloser(bytes.NewReader(given.Body)), ContentLength: int64(len(given.Body)),
	}
	if given.RequestTarget != nil {
		r.RequestURI = *given.RequestTarget
	}
	for _, line := range given.Headers {
		r.Header[line[0]] = append(r.Header[line[0]], latin1(line[1]))
	}
	return r
}

// paramsOf reads parameters of JSON: numbers are Integers.
func paramsOf(pairs [][2]any) countersign.Params {
	var params countersign.Params
	for _, pair := range pairs {
		value := pair[1]
		if number, isNumber := value.(float64); isNumber {
			value = int64(number)
		}
		params = append(params, countersign.Param{Name: pair[0].(string), Value: value})
	}
	return params
}
