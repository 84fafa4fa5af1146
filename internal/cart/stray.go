package cart

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// strayOffer is the id of an offer that is named after another extension than the domain's, as if the answer belonged to another
// question; empty where there is none. An id that names no extension says nothing.
func strayOffer(offers []Offer, domain string) string {
	_, extension, _ := strings.Cut(domain, ".")
	for _, offer := range offers {
		named, action := cutLast(offer.OfferID, "-")
		switch action {
		case "create", "transfer", "trade", "update", "restore":
		default:
			continue
		}
		if named != extension && !strings.HasSuffix(extension, "."+named) && isExtension(named) {
			return offer.OfferID
		}
	}
	return ""
}

// isExtension says whether a word is one that registries use, and not a word that looks like it.
func isExtension(word string) bool {
	suffix, icann := publicsuffix.PublicSuffix("x." + word)
	return icann && suffix == word
}

func cutLast(text, separator string) (before, after string) {
	at := strings.LastIndex(text, separator)
	if at < 0 {
		return text, ""
	}
	return text[:at], text[at+len(separator):]
}
