package emulator_test

import (
	"testing"

	"tldsweep/internal/emulator"
)

// everywhere is what deviates from the description in every world: no request that the program makes is answered
// otherwise than described.
func everywhere() []exception {
	return []exception{
		{"GET /v2/domain/name/{}", "it is not in the description",
			"it is of the second version of the API, which has a description of its own", "ovh/terraform-provider-ovh a1ae5bce, ovh/resource_domain_name.go"},
		{"POST /order/cart/{}/item/{}/configuration", "true for value is not refused with 400",
			"more is taken than described: a boolean", "maelgangloff/domain-watchdog, src/Service/Provider/OvhProvider.php, sends one"},
	}
}

// What was seen live on servers, and is not described.
var (
	allowedValues = exception{"GET /order/cart/{}/item/{}/requiredConfiguration", "$[].allowedValues is not described",
		"it comes live, on servers", "recorded in 2026, testdata/fixtures/required-configuration-2026.json"}
	settingsDomain = exception{"* /order/cart/{}*", "$.settings.domain is not described",
		"it comes live, and in OVHcloud's guide", "OVHcloud's guide api-domain-order of 2026-02-10"}
	naiveDates = exception{"GET /me/order/{}/followUp", "$[].history[].date is not of type datetime",
		"live dates have no offset", "recorded on servers in 2026-08, testdata/fixtures/follow-up.json"}
)

// Each world has exceptions of its own, with their sources in testdata/fixtures.
func TestEveryWorldIsDescribedButForWhatIsOnRecord(t *testing.T) {
	for name, exceptions := range map[string][]exception{
		"2026": {allowedValues, settingsDomain, naiveDates},
		"guide": {
			settingsDomain,
			{"* /order/cart/{}/*", "$.*.priceInUcents is missing", "bills have none", "the guide's sample, bill-guide-two-domains.json"},
			{"* /order/cart/{}*", "$.settings.catalogName is not described", "items have it", "the guide's sample of an item"},
			{"GET /order/cart/{}/item/{}/requiredConfiguration", "$[].fields is missing", "a label and a type alone", "the guide's sample, required-configuration-guide.json"},
			{"GET /order/cart/{}/item/{}/requiredConfiguration", "$[].required is missing", "a label and a type alone", "the guide's sample, required-configuration-guide.json"},
			{"GET /me/order/{}/details/{}", "$.*.priceInUcents is missing", "rows have none", "recorded on servers, order-details-six-domains.json"},
		},
		"us": {
			allowedValues, settingsDomain, naiveDates,
			{"* /order/cart/{}/*", "$.*.priceInUcents is missing", "as in rows of orders", "bill-us-star.json, which nobody saw"},
			{"* /order/cart/{}/*", "$.details[].detailType is missing", "as in rows of orders", "bill-us-star.json, which nobody saw"},
			{"GET /me/order/{}/details/{}", "$.detailType is missing", "rows have none", "recorded on servers, order-details-us.json"},
			{"GET /me/order/{}/details/{}", "$.*.priceInUcents is missing", "rows have none", "recorded on servers, order-details-us.json"},
		},
		"2016": {
			settingsDomain,
			{"* /order/cart/{}/*", "$.*.priceInUcents is missing", "bills have none", "the guide's sample, bill-guide-two-domains.json"},
			{"* /order/cart/{}*", "$.settings.catalogName is not described", "items have it", "the guide's sample of an item"},
			{"GET /me/order/{}/details/{}", "$.domain is missing", "rows may have none", "recorded on servers, order-details-no-domain.json"},
			{"GET /me/order/{}/details/{}", "$.*.priceInUcents is missing", "rows have none", "recorded on servers, order-details-no-domain.json"},
			{"GET /order/cart/{}/domain", "$[]* is missing", "offers had no action, no mode and no more", "ovh/order-cart-examples, docs, 2016"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			holdAgainstDescription(t, emulator.Options{Like: like(t, name)}, append(everywhere(), exceptions...))
		})
	}
}
