// Command httpsign answers the test vectors with github.com/yaronf/httpsign.
package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"fmt"
	"io"
	"net/url"
	"strings"

	"countersign.example/interop/protocol"
	"github.com/yaronf/httpsign"
)

func main() {
	protocol.Converse(map[string]func(protocol.Test, protocol.Keys) protocol.Answer{
		"base": base, "sign": sign, "verify": verify, "digest": digest,
	})
}

// verifierOf checks no times: that is not what RFC 9421 makes every implementation check. Where the signature names an
// algorithm, the application allows that of the key.
func verifierOf(key protocol.Key, named string) (*httpsign.Verifier, error) {
	config := httpsign.NewVerifyConfig().SetVerifyCreated(false).SetRejectExpired(false)
	if named != "" {
		config.SetAllowedAlgs([]string{key.Algorithm})
	}
	nothing := *httpsign.NewFields()
	material, err := key.Public()
	if err != nil {
		return nil, err
	}
	switch public := material.(type) {
	case []byte:
		return httpsign.NewHMACSHA256Verifier(public, config, nothing)
	case ed25519.PublicKey:
		return httpsign.NewEd25519Verifier(public, config, nothing)
	case *ecdsa.PublicKey:
		if key.Algorithm == "ecdsa-p384-sha384" {
			return httpsign.NewP384Verifier(*public, config, nothing)
		}
		return httpsign.NewP256Verifier(*public, config, nothing)
	case *rsa.PublicKey:
		if key.Algorithm == "rsa-pss-sha512" {
			return httpsign.NewRSAPSSVerifier(*public, config, nothing)
		}
		return httpsign.NewRSAVerifier(*public, config, nothing)
	default:
		return nil, fmt.Errorf("no verifier for %s", key.Algorithm)
	}
}

func verifyWith(message protocol.Message, label string, find func(keyID string) (protocol.Key, error)) error {
	request, response, err := message.HTTP()
	if err != nil {
		return err
	}
	details, err := detailsOf(message, label)
	if err != nil {
		return err
	}
	var keyID string
	if details.KeyID != nil {
		keyID = *details.KeyID
	}
	key, err := find(keyID)
	if err != nil {
		return err
	}
	verifier, err := verifierOf(key, details.Alg)
	if err != nil {
		return err
	}
	if response != nil {
		return httpsign.VerifyResponse(label, *verifier, response, request)
	}
	return httpsign.VerifyRequest(label, *verifier, request)
}

// detailsOf names the key of a signature, which the library leaves to the application to look up.
func detailsOf(message protocol.Message, label string) (*httpsign.MessageDetails, error) {
	request, response, err := message.HTTP()
	if err != nil {
		return nil, err
	}
	if response != nil {
		return httpsign.ResponseDetails(label, response)
	}
	return httpsign.RequestDetails(label, request)
}

func verify(test protocol.Test, keys protocol.Keys) protocol.Answer {
	find := func(keyID string) (protocol.Key, error) { return keys.Known(test.Keys, keyID) }
	var answer protocol.Answer
	for _, label := range test.Labels() {
		answer = protocol.AcceptUnless(protocol.Ask(func() error { return verifyWith(test.Message, label, find) }))
		if answer.Result == "accept" {
			break
		}
	}
	return answer
}

func base(test protocol.Test, keys protocol.Keys) protocol.Answer {
	signed := test.Signed(keys)
	find := func(string) (protocol.Key, error) { return keys[test.Key], nil }
	err := protocol.Ask(func() error { return verifyWith(signed.Message, signed.Label, find) })
	if test.Expect.Result == "reject" && err != nil && strings.Contains(err.Error(), "signature verification failed") {
		return protocol.Accept()
	}
	return protocol.AcceptUnless(err)
}

// fieldsOf says the components in the words of the library.
func fieldsOf(components []protocol.Component) (httpsign.Fields, error) {
	fields := httpsign.NewFields()
	for _, component := range components {
		request, trailer := component.Has("req"), component.Has("tr")
		key, keyed := component.Get("key")
		name, named := component.Get("name")
		switch {
		case named:
			decoded, err := url.PathUnescape(fmt.Sprint(name))
			if err != nil {
				return *fields, err
			}
			fields.AddQueryParamExt(decoded, false, request, trailer)
		case keyed:
			fields.AddDictHeaderExt(component.Name, fmt.Sprint(key), false, request, trailer)
		case component.Has("sf"):
			fields.AddStructuredFieldExt(component.Name, false, request, trailer)
		default:
			fields.AddHeaderExt(component.Name, false, component.Has("bs"), request, trailer)
		}
	}
	return *fields, nil
}

// signerOf cannot set created: the library takes it from the clock of the machine.
func signerOf(key protocol.Key, test protocol.Test, fields httpsign.Fields) (*httpsign.Signer, error) {
	config := httpsign.NewSignConfig().SignAlg(test.Parameter("alg") != nil)
	if keyID, found := test.Parameter("keyid").(string); found {
		config.SetKeyID(keyID)
	}
	if nonce, found := test.Parameter("nonce").(string); found {
		config.SetNonce(nonce)
	}
	if tag, found := test.Parameter("tag").(string); found {
		config.SetTag(tag)
	}
	if expires, found := test.Parameter("expires").(int64); found {
		config.SetExpires(expires)
	}
	material, err := key.Private()
	if err != nil {
		return nil, err
	}
	switch private := material.(type) {
	case []byte:
		return httpsign.NewHMACSHA256Signer(private, config, fields)
	case ed25519.PrivateKey:
		return httpsign.NewEd25519Signer(private, config, fields)
	case *ecdsa.PrivateKey:
		if key.Algorithm == "ecdsa-p384-sha384" {
			return httpsign.NewP384Signer(*private, config, fields)
		}
		return httpsign.NewP256Signer(*private, config, fields)
	case *rsa.PrivateKey:
		if key.Algorithm == "rsa-pss-sha512" {
			return httpsign.NewRSAPSSSigner(*private, config, fields)
		}
		return httpsign.NewRSASigner(*private, config, fields)
	default:
		return nil, fmt.Errorf("no signer for %s", key.Algorithm)
	}
}

func sign(test protocol.Test, keys protocol.Keys) protocol.Answer {
	if !test.CanAsk(keys[test.Key]) {
		return protocol.Skip()
	}
	answer := protocol.Accept()
	err := protocol.Ask(func() error {
		input, signature, err := signWith(test, keys[test.Key])
		made := [][2]string{{"Signature-Input", input}, {"Signature", signature}}
		answer.Fields = append(test.Message.SignatureFields(), made...)
		return err
	})
	if err != nil {
		return protocol.Reject(err)
	}
	return answer
}

func signWith(test protocol.Test, key protocol.Key) (string, string, error) {
	fields, err := fieldsOf(test.Components)
	if err != nil {
		return "", "", err
	}
	signer, err := signerOf(key, test, fields)
	if err != nil {
		return "", "", err
	}
	request, response, err := test.Message.HTTP()
	if err != nil {
		return "", "", err
	}
	if response != nil {
		return httpsign.SignResponse(test.Label, *signer, response, request)
	}
	return httpsign.SignRequest(test.Label, *signer, request)
}

// digest makes or checks a digest; the algorithms that RFC 9530 has as active are accepted.
func digest(test protocol.Test, _ protocol.Keys) protocol.Answer {
	body := io.NopCloser(bytes.NewReader(test.Digest.Body))
	return protocol.AcceptUnless(protocol.Ask(func() error {
		if test.Digest.Operation == "verify" {
			active := []string{httpsign.DigestSha256, httpsign.DigestSha512}
			return httpsign.ValidateContentDigestHeader([]string{test.Digest.Value}, &body, active)
		}
		value, err := httpsign.GenerateContentDigestHeader(&body, test.Digest.Algorithms)
		if err == nil && value != test.Digest.Value {
			err = fmt.Errorf("it is %s", value)
		}
		return err
	}))
}
