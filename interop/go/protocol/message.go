package protocol

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// HTTP gives the message as net/http hands it to a server (and the response to a client): parsed from its bytes, so
// that field values are trimmed and unfolded. The errors are those of net/http, which the library sits on. What an
// application must add by itself is added: scheme and authority to the URL, and the fields that net/http takes out.
func (m Message) HTTP() (*http.Request, *http.Response, error) {
	request, err := m.Request.parse()
	if err != nil || m.Response == nil {
		return request, nil, err
	}
	response, err := m.Response.parse(request)
	return request, response, err
}

func (r Request) parse() (*http.Request, error) {
	target, err := url.Parse(r.URL)
	if err != nil {
		return nil, err
	}
	head := fmt.Sprintf("%s %s HTTP/1.1\r\n%s\r\n", r.Method, r.line(), lines(r.Headers))
	request, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(latin1(head))))
	if err != nil {
		return nil, err
	}
	request.URL.Scheme, request.URL.User, request.URL.Host = target.Scheme, target.User, target.Host
	if request.Host == "" {
		request.Host = target.Host
	}
	putBack(request.Header, r.Headers)
	request.GetBody = func() (io.ReadCloser, error) { return body(r.Body), nil }
	request.Body, request.Trailer = body(r.Body), trailer(r.Trailers)
	return request, nil
}

var origin = regexp.MustCompile(`^[a-zA-Z]+://[^/?#]*`)

// line is the request target on the request line: without the fragment, which is not sent, and with a path.
func (r Request) line() string {
	if r.RequestTarget != "" {
		return r.RequestTarget
	}
	line, _, _ := strings.Cut(origin.ReplaceAllString(r.URL, ""), "#")
	if strings.HasPrefix(line, "/") {
		return line
	}
	return "/" + line
}

func (r Response) parse(request *http.Request) (*http.Response, error) {
	head := fmt.Sprintf("HTTP/1.1 %03d %s\r\n%s\r\n", r.Status, http.StatusText(r.Status), lines(r.Headers))
	response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(latin1(head))), request)
	if err != nil {
		return nil, err
	}
	putBack(response.Header, r.Headers)
	response.Body, response.Trailer = body(r.Body), trailer(r.Trailers)
	return response, nil
}

// putBack adds the fields that net/http keeps apart: whoever covers one of them does so.
func putBack(header http.Header, fields [][2]string) {
	for _, field := range fields {
		name := http.CanonicalHeaderKey(field[0])
		if name == "Host" || name == "Trailer" || name == "Transfer-Encoding" {
			header.Set(name, strings.TrimSpace(field[1]))
		}
	}
}

func lines(fields [][2]string) string {
	var text bytes.Buffer
	for _, field := range fields {
		fmt.Fprintf(&text, "%s: %s\r\n", field[0], field[1])
	}
	return text.String()
}

func trailer(fields [][2]string) http.Header {
	if fields == nil {
		return nil
	}
	header := http.Header{}
	for _, field := range fields {
		header.Add(field[0], strings.TrimSpace(field[1]))
	}
	return header
}

func body(text string) io.ReadCloser {
	content, err := base64.StdEncoding.DecodeString(text)
	Must(err)
	return io.NopCloser(bytes.NewReader(content))
}

// latin1 gives each character of a field value as the byte that it stands for.
func latin1(text string) []byte {
	encoded := make([]byte, 0, len(text))
	for _, character := range text {
		encoded = append(encoded, byte(character))
	}
	return encoded
}
