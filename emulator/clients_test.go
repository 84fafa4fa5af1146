package emulator_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"tldsweep/emulator"
)

// OVHcloud's client for Python, where it is installed.
func TestPythonOrdersADomain(t *testing.T) {
	if out, err := exec.Command("python3", "-c", "import ovh").CombinedOutput(); err != nil {
		t.Skipf("needs OVHcloud's client for Python: pip install ovh (%v %s)", err, out)
	}
	server, address := start(t, emulator.Options{OnlyRegistered: true})
	python := exec.Command("python3", "testdata/order.py", "example-shop.fr")
	python.Env = append(os.Environ(), "OVH_ENDPOINT="+address, "OVH_APPLICATION_KEY="+emulator.DefaultApplicationKey,
		"OVH_APPLICATION_SECRET="+emulator.DefaultApplicationSecret, "OVH_CONSUMER_KEY="+emulator.DefaultConsumerKey)
	out, err := python.CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "7.19 €\nchecking\nThis cart is read only") {
		t.Errorf("%v: %s", err, out)
	}
	if orders := server.Orders(); len(orders) != 1 || !orders[0].Paid {
		t.Errorf("%+v", orders)
	}
}

// The calls of the domain resource of OVHcloud's Terraform provider, in its order and with its bodies
// (github.com/ovh/terraform-provider-ovh, ovh/order.go and ovh/resource_domain_name.go, a1ae5bce).
func TestTheCallsOfATerraformProvider(t *testing.T) {
	s := newShop(t, emulator.Options{OnlyRegistered: true})
	if details := s.call("GET", "/auth/details", nil).(object); details["account"] != "ab12345-ovh" {
		t.Errorf("%v", details)
	}
	opened := s.call("POST", "/order/cart", object{"ovhSubsidiary": "FR"}).(object)
	cart := "/order/cart/" + opened["cartId"].(string)
	s.call("POST", cart+"/assign", nil)
	chosen := []object{{"label": "OWNER_CONTACT", "value": "/me/contact/11235813"}, {"label": "OWNER_LEGAL_AGE", "value": "true"}, {"label": "REASON", "value": "private"}}
	item := s.call("POST", cart+"/domain", object{
		"domain": "example-shop.fr", "duration": "P1Y", "planCode": "fr", "pricingMode": "create-default", "quantity": 1,
		"configuration": chosen, "itemId": nil,
	}).(object)
	for _, c := range chosen {
		s.call("POST", cart+"/item/"+id(item["itemId"])+"/configuration", c)
	}
	means := s.call("GET", "/me/payment/method?default=true", nil).([]any)
	placed := s.call("POST", cart+"/checkout", nil).(object)
	order := "/me/order/" + id(placed["orderId"])
	s.refused("GET", "/v2/domain/name/example-shop.fr", nil, "does not exist")
	s.call("POST", order+"/pay", object{"paymentMethod": object{"id": means[0]}})
	for s.call("GET", order+"/status", nil) != "delivered" {
	}
	lines := s.call("GET", order+"/details", nil).([]any)
	detail := order + "/details/" + id(lines[1])
	if got := s.call("GET", detail, nil).(object); got["domain"] != "example-shop.fr" {
		t.Errorf("%v", got)
	}
	extension := s.call("GET", detail+"/extension", nil).(object)["order"].(object)
	if code := extension["plan"].(object)["code"]; code != "fr" || len(extension["configurations"].([]any)) != len(chosen) {
		t.Errorf("%v", extension)
	}
	s.refused("GET", detail+"9/extension", nil, "does not exist")
	domain := s.call("GET", "/v2/domain/name/example-shop.fr", nil).(object)
	if fmt.Sprintf("%v %v", domain["resourceStatus"], domain["currentState"].(object)["name"]) != "READY example-shop.fr" {
		t.Errorf("%v", domain)
	}
}

// The calls of the published sample in PHP, up to the payment that it offers (github.com/ovh/order-cart-examples,
// php/order.php).
func TestTheCallsOfThePHPSample(t *testing.T) {
	s := newShop(t, emulator.Options{OnlyRegistered: true})
	opened := s.call("POST", "/order/cart", object{"ovhSubsidiary": "FR", "description": "php-order-cli"}).(object)
	cart := "/order/cart/" + opened["cartId"].(string)
	s.call("POST", cart+"/assign", nil)
	offer := s.call("GET", cart+"/domain?domain=example-shop.fr", nil).([]any)[0].(object)
	item := s.call("POST", cart+"/domain", object{"domain": "example-shop.fr", "offerId": offer["offerId"]}).(object)
	if items := s.call("GET", cart, nil).(object)["items"].([]any); len(items) != 1 {
		t.Errorf("%v", items)
	}
	s.configure(cart + "/item/" + id(item["itemId"]))
	placed := s.call("POST", cart+"/checkout", nil).(object)
	if balance := s.call("GET", "/me/fidelityAccount", nil).(object)["balance"]; balance == nil {
		t.Error("no balance")
	}
	if text := s.call("GET", "/me/ovhAccount/FR", nil).(object)["balance"].(object)["text"]; text == nil {
		t.Error("no balance")
	}
	s.call("POST", "/me/order/"+id(placed["orderId"])+"/payWithRegisteredPaymentMean", object{"paymentMean": "ovhAccount"})
	if orders := s.server.Orders(); len(orders) != 1 || !orders[0].Paid {
		t.Errorf("%+v", orders)
	}
}
