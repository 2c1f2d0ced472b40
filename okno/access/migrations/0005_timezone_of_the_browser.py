from django.db import migrations, models


def forget_defaults(apps, schema_editor):
    """UTC was what nobody had chosen: the next page of a browser says its own zone."""
    apps.get_model("access", "Agent").objects.filter(timezone="UTC").update(timezone="")


class Migration(migrations.Migration):
    dependencies = [("access", "0004_notices")]

    operations = [
        migrations.AlterField(
            "agent", "timezone", models.CharField(blank=True, default="", max_length=48)
        ),
        migrations.RunPython(forget_defaults, migrations.RunPython.noop),
    ]
