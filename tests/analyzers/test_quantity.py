from topograph.analyzers import Quantity


def test_a_quantity_says_what_it_lacks():
    found = Quantity(-0.1, False, "A KL divergence is never negative.")
    assert found.to_dict() == {
        "value": -0.1,
        "is_valid": False,
        "reason": "A KL divergence is never negative.",
    }
    assert "never negative" in found._repr_html_()
