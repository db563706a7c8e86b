// Command dadrus answers the test vectors with github.com/dadrus/httpsig.
package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"countersign.example/interop/protocol"
	"github.com/dadrus/httpsig"
)

// forEver takes the times of a signature out of the game: the library has no clock of the application.
const forEver = 100 * 365 * 24 * time.Hour

func main() {
	protocol.Converse(map[string]func(protocol.Test, protocol.Keys) protocol.Answer{
		"base": base, "sign": sign, "verify": verify,
	})
}

func messageOf(message protocol.Message) (*httpsig.Message, error) {
	request, response, err := message.HTTP()
	if err != nil {
		return nil, err
	}
	if response != nil {
		return httpsig.MessageFromResponse(response), nil
	}
	return httpsig.MessageFromRequest(request), nil
}

// resolver finds the key that the signature names.
type resolver func(keyID string) (protocol.Key, error)

func (r resolver) ResolveKey(_ context.Context, keyID string) (httpsig.Key, error) {
	key, err := r(keyID)
	if err != nil {
		return httpsig.Key{}, err
	}
	public, err := key.Public()
	return httpsig.Key{KeyID: key.KeyID, Algorithm: httpsig.SignatureAlgorithm(key.Algorithm), Key: public}, err
}

// verifyWith looks at all signatures of a message: the library chooses by tag, never by label.
func verifyWith(message protocol.Message, keys resolver) error {
	verifier, err := httpsig.NewVerifier(keys,
		httpsig.WithValidateAllSignatures(),
		httpsig.WithMaxAge(forEver),
		httpsig.WithValidityTolerance(forEver),
		httpsig.WithCreatedTimestampRequired(false),
		httpsig.WithExpiredTimestampRequired(false),
	)
	protocol.Must(err)
	received, err := messageOf(message)
	if err != nil {
		return err
	}
	return protocol.Ask(func() error { return verifier.Verify(received) })
}

func verify(test protocol.Test, keys protocol.Keys) protocol.Answer {
	return protocol.AcceptUnless(verifyWith(test.Message, func(keyID string) (protocol.Key, error) {
		return keys.Known(test.Keys, keyID)
	}))
}

func base(test protocol.Test, keys protocol.Keys) protocol.Answer {
	err := verifyWith(test.Signed(keys).Message, func(string) (protocol.Key, error) { return keys[test.Key], nil })
	if test.Expect.Result == "reject" && errors.Is(err, httpsig.ErrInvalidSignature) {
		return protocol.Accept()
	}
	return protocol.AcceptUnless(err)
}

// sign cannot set created: the library takes it from the clock of the machine. An empty label stands for its default.
func sign(test protocol.Test, keys protocol.Keys) protocol.Answer {
	if !test.CanAsk(keys[test.Key]) || test.Label == "" {
		return protocol.Skip()
	}
	answer := protocol.Accept()
	err := protocol.Ask(func() error {
		header, err := signWith(test, keys[test.Key])
		for _, name := range []string{"Signature-Input", "Signature"} {
			answer.Fields = append(answer.Fields, [2]string{name, header.Get(name)})
		}
		return err
	})
	if err != nil {
		return protocol.Reject(err)
	}
	return answer
}

func signWith(test protocol.Test, key protocol.Key) (http.Header, error) {
	private, err := key.Private()
	if err != nil {
		return nil, err
	}
	keyID, _ := test.Parameter("keyid").(string)
	tag, _ := test.Parameter("tag").(string)
	nonce, _ := test.Parameter("nonce").(string)
	identifiers := make([]string, len(test.Components))
	for index, component := range test.Components {
		identifiers[index] = component.String()
	}
	signer, err := httpsig.NewSigner(
		httpsig.Key{KeyID: keyID, Algorithm: httpsig.SignatureAlgorithm(key.Algorithm), Key: private},
		httpsig.WithLabel(test.Label),
		httpsig.WithComponents(identifiers...),
		httpsig.WithTag(tag),
		httpsig.WithTTL(0),
		httpsig.WithContentDigestAlgorithm(httpsig.Sha256),
		httpsig.WithNonce(httpsig.NonceGetterFunc(func(context.Context) (string, error) { return nonce, nil })),
	)
	if err != nil {
		return nil, err
	}
	message, err := messageOf(test.Message)
	if err != nil {
		return nil, err
	}
	return signer.Sign(message)
}
