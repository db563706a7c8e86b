package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"countersign.example/countersign"
)

func runBase(v vector, keys keyRing) error {
	message, err := messageOf(v)
	if err != nil {
		return err
	}
	components := countersign.InnerList{Params: paramsOf(v.Parameters)}
	for _, component := range v.Components {
		item := countersign.Item{Value: component.Name, Params: paramsOf(component.Parameters)}
		components.Items = append(components.Items, item)
	}
	base, err := countersign.SignatureBase(message, components)
	if err != nil || v.SignatureInput == nil {
		return err
	}
	serialized := countersign.SerializeMember(components)
	if err := errors.Join(expectEqual(base, v.SignatureBase), expectEqual(serialized, *v.SignatureInput)); err != nil {
		return err
	}
	label := v.Label
	if label == "" {
		label = "sig"
	}
	signature := ":" + base64.StdEncoding.EncodeToString(v.Signature) + ":"
	signatures, err := countersign.ParseSignatures(countersign.Fields{
		"signature-input": {label + "=" + *v.SignatureInput}, "signature": {label + "=" + signature},
	})
	if err != nil {
		return err
	}
	key := keys.key(v.Key)
	if key == nil {
		return errors.New("the key cannot be imported")
	}
	return countersign.VerifySignature(message, signatures[0], key)
}

func runVerify(v vector, keys keyRing) (label string, err error) {
	if v.Policy.Profile == "countersign" {
		if v.Message.Response != nil {
			return "", errSkip{"responses, in the profile"}
		}
		store := countersign.NewMemoryStore(countersign.MemoryStoreOptions{StartsFresh: true})
		verifier, err := newVerifier(v, keys, store, v.Now, v.Policy.MaxAgeSeconds)
		if err != nil {
			return "", err
		}
		verified, err := verifier.Verify(receivedRequest(v.Message.Request))
		if err != nil {
			return "", err
		}
		return verified.Label, nil
	}
	message, err := messageOf(v)
	if err != nil {
		return "", err
	}
	signatures, err := countersign.ParseSignatures(message.Headers)
	if err != nil {
		return "", err
	}
	err = &countersign.SignatureError{Code: "no_matching_signature"}
	for _, signature := range signatures {
		if v.Policy.Label != "" && v.Policy.Label != signature.Label {
			continue
		}
		if err = verifyByRFC(message, signature, v.Keys, keys); err == nil {
			return signature.Label, nil
		}
	}
	return "", err
}

// verifyByRFC takes the only key for a signature without a keyid.
func verifyByRFC(message *countersign.Message, signature countersign.Signature, names []string, keys keyRing) error {
	if err := signature.CheckParameters(); err != nil {
		return err
	}
	var key *countersign.Key
	if _, named := signature.Components.Params.Get("keyid"); named {
		key = keys.byKeyID(names)[signature.Text("keyid")]
	} else if len(names) == 1 {
		key = keys.key(names[0])
	}
	if key == nil {
		return &countersign.SignatureError{Code: "unknown_key"}
	}
	return countersign.VerifySignature(message, signature, key)
}

// newVerifier is one of the Countersign profile, with what the vector's policy says beside it.
func newVerifier(
	v vector, keys keyRing, store countersign.Store, now int64, maxAge *int64,
) (*countersign.Verifier, error) {
	options := countersign.Options{
		Keys: keys.byKeyID(v.Keys), Origin: v.Policy.Origin, Store: store,
		RequiredComponents: v.Policy.RequiredComponents, RequiredParameters: v.Policy.RequiredParameters,
		FieldTypes: v.Policy.FieldTypes,
		Clock:      func() time.Time { return time.Unix(now, 0) },
	}
	if options.Origin == "" {
		given := v.Message
		for _, message := range v.Messages {
			given = message
		}
		options.Origin, _, _ = split(given.Request.URL)
	}
	if v.Policy.Tag != "" {
		options.Tags = []string{v.Policy.Tag}
	}
	if maxAge != nil {
		options.MaxAge = time.Duration(*maxAge) * time.Second
	}
	if skew := v.Policy.FutureSkewSeconds; skew != nil {
		options.FutureSkew = max(-1, time.Duration(*skew)*time.Second)
		if *skew == 0 {
			options.FutureSkew = -1
		}
	}
	if v.Policy.MaxBodyBytes != nil {
		options.MaxBodyBytes = *v.Policy.MaxBodyBytes
	}
	return countersign.NewVerifier(options)
}

func runDigest(v vector) error {
	if v.Digest.Operation != "verify" {
		return errSkip{v.Digest.Operation + " a digest"}
	}
	return countersign.CheckDigest(v.Digest.Value, v.Digest.Body)
}

func runStructuredField(v vector) error {
	given := v.StructuredField
	members, err := countersign.ParseField(strings.Join(given.Raw, ", "), given.Type)
	if err != nil || given.Canonical == nil {
		return err
	}
	if given.Member == nil {
		return expectEqual(countersign.SerializeField(members), *given.Canonical)
	}
	for _, member := range members {
		if member.Key == *given.Member {
			return expectEqual(countersign.SerializeMember(member.Value), *given.Canonical)
		}
	}
	return errors.New("no such member")
}

type brokenStore struct{}

func (brokenStore) Claim(context.Context, countersign.Claim) (countersign.Answer, error) {
	return 0, errors.New("the store is down")
}

// durableStore is what a Store of the application's own would be: it outlives the process.
type durableStore struct{ *countersign.MemoryStore }

func runSequence(v vector, keys keyRing) []string {
	var store countersign.Store = durableStore{
		countersign.NewMemoryStore(countersign.MemoryStoreOptions{StartsFresh: true}),
	}
	maxAge := v.Policy.MaxAgeSeconds
	var verdicts []string
	for _, step := range v.Steps {
		clock := func() time.Time { return time.Unix(step.At, 0) }
		if step.Restart == "memory" {
			store = countersign.NewMemoryStore(countersign.MemoryStoreOptions{Clock: clock})
		}
		if step.MaxAgeSeconds != nil {
			maxAge = step.MaxAgeSeconds
		}
		used := store
		if step.Store == "unavailable" {
			used = brokenStore{}
		}
		verifier, err := newVerifier(v, keys, used, step.At, maxAge)
		if err != nil {
			return append(verdicts, err.Error())
		}
		verdicts = append(verdicts, verdict(verifier, v.Messages[step.Use], step))
	}
	return verdicts
}

func verdict(verifier *countersign.Verifier, given message, step step) string {
	if step.Use == "" {
		return "accept" // a step that only restarts
	}
	var accepted atomic.Int64
	var copies sync.WaitGroup
	for range max(1, step.Copies) {
		copies.Add(1)
		go func() {
			defer copies.Done()
			if _, err := verifier.Verify(receivedRequest(given.Request)); err == nil {
				accepted.Add(1)
			}
		}()
	}
	copies.Wait()
	switch {
	case step.Copies > 0:
		return fmt.Sprintf("%d of %d", accepted.Load(), step.Copies)
	case accepted.Load() == 1:
		return "accept"
	}
	return "reject"
}
